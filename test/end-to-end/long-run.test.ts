/** One very long run: contiguous and complete when read back, and an append costs the same at its end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventReply, RunReceiptReply, RunReply } from '@refold/contracts';
import { openEmbedded } from '@refold/embedded';
import type { EventLog, Projection, ViewStore } from '@refold/pipeline';
import {
  describeWithKafka,
  freePorts,
  proofSize,
  reportBackend,
  reportProof,
  useRedis,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInstallation, PARTITIONS, startService } from './support/installation.js';
import type { Installation } from './support/installation.js';
import { BATCH, LongRun, TrajectorySum } from './support/long-run.js';
import type { AppendTimes } from './support/long-run.js';
import { disagreements, documentsOf, freshFold, modelOfLog } from './support/oracle.js';
import { ServiceProcess } from './support/service-process.js';

const EVENTS = proofSize({ short: 10_000, full: 200_000 });
const RUN_ID = 'long-run';

const round = (ms: number): number => Math.round(ms * 10) / 10;

const mean = (values: readonly number[]): number =>
  round(values.reduce((sum, value) => sum + value, 0) / values.length);

/** What an append cost near the beginning and at the end, in batches and alone; milliseconds. */
function costs({ batches, early, late }: AppendTimes): Record<string, number> {
  const tenth = Math.max(1, Math.floor(batches.length / 10));
  return {
    first_tenth_ms_per_1000: mean(batches.slice(0, tenth)),
    last_tenth_ms_per_1000: mean(batches.slice(-tenth)),
    early_append_ms: mean(early),
    late_append_ms: mean(late),
  };
}

/** Writes the run and reads it back over HTTP. */
async function writeAndRead(url: string, backend: string): Promise<void> {
  const run = new LongRun(url, RUN_ID, EVENTS);
  const times = await run.write();
  await run.append(2, BATCH, 'duplicate');
  await run.append(EVENTS - 1, 2, 'duplicate');
  const sum = new TrajectorySum();
  const faults: string[] = [];
  let place = 0;
  for await (const event of run.read()) {
    place += 1;
    const fault = run.faultOf(event, place);
    if (fault !== null) faults.push(fault);
    sum.add(event);
  }
  expect(faults.slice(0, 10)).toEqual([]);
  expect(place).toBe(EVENTS);
  const shown = { status: 'succeeded', last_seq: EVENTS, event_count: EVENTS };
  expect((await run.get<{ run: RunReply }>()).run).toMatchObject(shown);
  const receipt = await run.get<RunReceiptReply>('/receipt');
  expect(receipt).toMatchObject({ event_count: EVENTS, trajectory_hash: sum.digest() });
  reportProof({ backend, events: EVENTS, ...costs(times) });
}

/** The document that was served is that of a fresh fold, and its chain that of the independent model. */
async function expectAgreement(
  log: EventLog,
  store: ViewStore,
  projection: Projection,
): Promise<void> {
  const documents = await documentsOf(store, projection, [RUN_ID]);
  expect(documents.get(RUN_ID)?.state?.seq).toBe(EVENTS);
  const fresh = await documentsOf(await freshFold(log, projection), projection, [RUN_ID]);
  expect(disagreements(documents, fresh, await modelOfLog(log, projection))).toEqual([]);
}

it('negative control: an event out of place, changed or under another key is noticed', () => {
  const run = new LongRun('http://nowhere', RUN_ID, EVENTS);
  const payload = { role: 'user', content: 'message 2' };
  const second: EventReply = {
    seq: 2,
    event_type: 'run.message',
    payload,
    idempotency_key: 'event-2',
    recorded_at: '2020-01-02T03:04:05.678Z',
    partition: 0,
    offset: 1,
  };
  expect(run.faultOf(second, 2)).toBeNull();
  expect(run.faultOf(second, 3)).toBe('seq 2 at place 3');
  expect(run.faultOf({ ...second, idempotency_key: 'event-3' }, 2)).toContain('event-3');
  expect(run.faultOf({ ...second, payload: { ...payload, content: 'other' } }, 2)).toContain(
    'other',
  );
  const digestOf = (event: EventReply): string => {
    const sum = new TrajectorySum();
    sum.add(event);
    return sum.digest();
  };
  const later = { ...second, recorded_at: '2020-01-02T03:04:05.679Z' };
  expect(digestOf(later)).not.toBe(digestOf(second));
});

it('a long run on the embedded folder is contiguous, complete and what the model says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'refold-long-run-'));
  reportBackend('embedded', folder);
  try {
    const [port = 0] = await freePorts(1);
    const settings = { RUNTIME_EVENT_LOG_PATH: folder, REFOLD_PARTITIONS: String(PARTITIONS) };
    const standalone = await ServiceProcess.start({ service: 'standalone', port, settings });
    try {
      await writeAndRead(standalone.url, 'embedded');
    } finally {
      await standalone.stop();
    }
    const embedded = await openEmbedded({ folder, clock: Date.now });
    try {
      const projection: Projection = {
        name: 'runs',
        topic: 'refold.runs',
        kinds: ['run'],
        partitions: PARTITIONS,
        generation: 1,
      };
      await expectAgreement(embedded.log, embedded.store, projection);
    } finally {
      await embedded.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describeWithKafka('a long run on Kafka and Redis', (kafka) => {
  let redis: RedisBackend;
  let installation: Installation;

  beforeAll(async () => {
    redis = await useRedis();
    installation = await openInstallation(kafka(), redis);
  }, 120_000);

  afterAll(async () => {
    await installation.close();
    await redis.stop();
  });

  it('is contiguous, complete and what the model says', async () => {
    const standalone = await startService(installation, 'standalone');
    try {
      await writeAndRead(standalone.url, 'kafka and redis');
    } finally {
      await standalone.stop();
    }
    await expectAgreement(installation.log, installation.store, installation.runs);
  });
});
