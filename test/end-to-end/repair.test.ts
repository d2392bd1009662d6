/**
 * One flipped field among many documents is found, named and repaired alone, also in the counters that went on from it;
 * where the log has lost its head, the plan names what cannot be folded again, and nothing of that is lost.
 */
import { partitionOf } from '@refold/contracts';
import { noWrites, ProjectionReader, slotOf, type Writes } from '@refold/pipeline';
import { proofSize, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from './support/api.js';
import { deleteHead } from './support/kafka-admin.js';
import {
  PARTITIONS,
  startService,
  startWritePath,
  type WritePath,
} from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { untilFolded } from './support/oracle.js';
import { Operators } from './support/operators.js';
import { expectRefolded } from './support/refold-equality.js';
import { seedRuns } from './support/seeded-runs.js';
import type { ServiceProcess } from './support/service-process.js';
import { until } from './support/until.js';

const RUNS = proofSize({ short: 400, full: 20_000 });
const EVENTS_PER_RUN = 3;
const ENDS_WITHIN_MS = 600_000;
const ALL = { target: 'to-earliest' };

describe('a flipped field', () => {
  let installation: KillableInstallation;
  let services: WritePath;
  let operatorApi: ServiceProcess;

  beforeAll(async () => {
    installation = await openKillable();
    services = await startWritePath(installation);
    operatorApi = await startService(installation, 'operator-api');
  }, 120_000);

  afterAll(async () => {
    await Promise.all([services.stop(), operatorApi.stop()]);
    await installation.close();
  }, 60_000);

  /** Changes what stands in a slot behind the back of its owner. */
  async function damage(
    partition: number,
    writesOf: (text: string) => Partial<Writes>,
    name: string,
  ) {
    const slot = slotOf(installation.runs, partition);
    const { store } = installation;
    await until(
      () => 'the damage is done',
      async () => {
        const { checkpoint, results } = await store.read(slot, [{ kind: 'get', name }]);
        const writes = { ...noWrites(), ...writesOf(results[0] ?? '') };
        const answer = await store.commit(slot, checkpoint, checkpoint ?? '', writes, []);
        return answer.outcome === 'committed';
      },
    );
  }

  it('is found, named and repaired alone, also in its counters', async () => {
    const { log, store, runs } = installation;
    const runIds = await seedRuns(installation, { runs: RUNS, eventsPerRun: EVENTS_PER_RUN });
    await untilFolded(log, store, runs, ENDS_WITHIN_MS);
    const operators = new Operators(() => operatorApi.url, ENDS_WITHIN_MS);
    const clean = await operators.carryOut({ verb: 'verify', arguments: ALL });
    expect(clean.result).toMatchObject({ streams: RUNS, differing: 0 });

    const victim = runIds[Math.floor(RUNS / 3)] ?? '';
    const subject = `run/${victim}`;
    const partition = partitionOf(victim, PARTITIONS);
    const name = `d:${subject}`;
    await damage(
      partition,
      (text) => {
        expect(text).toContain('"message_count":1');
        return { set: [[name, text.replace('"message_count":1', '"message_count":5')]] };
      },
      name,
    );
    // The next owner reads the damage and folds on from it.
    await services.projector.restart();
    await services.projector.ready();
    const body = { event_type: 'run.message', payload: { role: 'user', content: 'more' } };
    const told = await post(services.ingest.url, `/runs/${victim}/events`, body);
    expect(told.status).toBe(201);
    await damage(partition, () => ({ count: [['messages', 4]] }), name);

    const found = await operators.carryOut({ verb: 'verify', arguments: ALL });
    const { differences, drift } = await operators.get(found.operation_id, '?include=differences');
    expect(drift).toEqual({ count_mismatch: 2 });
    expect(differences).toHaveLength(2);
    expect(differences).toContainEqual({
      partition,
      stream: subject,
      kind: 'count_mismatch',
      field: '/views/run/message_count',
      stored: '6',
      expected: '2',
    });
    expect(differences).toContainEqual(
      expect.objectContaining({ partition, stream: null, field: '/counters/messages' }),
    );

    const repaired = await operators.carryOut({ verb: 'repair', arguments: ALL });
    expect(repaired.result).toMatchObject({ differing: 2, replaced: 1 });
    const after = await operators.carryOut({ verb: 'verify', arguments: ALL });
    expect(after.result).toMatchObject({ streams: RUNS, differing: 0 });
    await expectRefolded(installation, runIds);
    reportProof({
      documents: RUNS,
      found: differences?.length ?? 0,
      replaced: repaired.result.replaced,
      seconds_to_verify:
        (Date.parse(found.finished_at ?? '') - Date.parse(found.started_at ?? '')) / 1_000,
    });
  }, 1_800_000);

  it('beside a lost head of the log is repaired, and nothing of what cannot be folded is lost', async () => {
    const { log, store, runs } = installation;
    const operators = new Operators(() => operatorApi.url, ENDS_WITHIN_MS);
    const reader = new ProjectionReader(store, runs);
    const partition = 0;
    const lost = Array.from({ length: RUNS }, (_, n) => `seed-${n}`)
      .filter((id) => partitionOf(id, PARTITIONS) === partition)
      .slice(0, 5);
    const documents = async () =>
      Promise.all(lost.map(async (id) => (await reader.document('run', id)).document));
    const before = await documents();
    const offset = Math.max(...before.map((document) => document?.first ?? 0)) + 1;
    await deleteHead([installation.broker.address], runs.topic, partition, offset);
    await until(
      () => 'the head is deleted',
      async () => (await log.range(runs.topic, partition)).start === offset,
    );
    const asked = { arguments: ALL, partitions: [partition] };
    for (const verb of ['rewind', 'verify', 'repair'] as const) {
      const done = await operators.carryOut({ verb, ...asked });
      expect([verb, done.status, done.error]).toEqual([verb, 'done', null]);
      expect(done.plan.unrebuildable).toBe(lost.length);
      expect(done.plan.partitions[0]?.unrebuildable_streams).toEqual(
        lost.map((id) => `run/${id}`).sort(),
      );
      expect(done.result).toMatchObject({ streams: done.plan.streams, differing: 0 });
      expect(await documents()).toEqual(before);
    }
  }, 600_000);
});
