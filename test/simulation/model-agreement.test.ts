/**
 * Hostile logs are judged by the engine as the independent model judges them: every verdict, status,
 * sequence number, count and chain hash, however the log is cut into batches.
 */
import { fc } from '@refold/test-kit/properties';
import { describe, expect, it, vi } from 'vitest';
import { replyChannel, STREAM_KINDS, type StreamKind, type VerdictNotice } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { Projector, ProjectionReader, type Projection, type Timing } from '@refold/pipeline';
import {
  createMemoryEventLog,
  createMemoryViewStore,
  modelOf,
  proofSize,
  reportProof,
  type Model,
  type ModelVerdict,
} from '@refold/test-kit';
import { PARTITIONS, hostileLog, type Placed } from './hostile-log.js';

const MIB = 1_048_576;

const timing: Timing = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  tick: () => new Promise((resolve) => setImmediate(resolve)),
};

const projectionOf = (kind: StreamKind): Projection => ({
  name: `${kind}s`,
  topic: `refold.${kind}s`,
  kinds: [kind],
  partitions: PARTITIONS,
  generation: 1,
});

const short = (verdict: VerdictNotice['verdict'] | ModelVerdict): string => {
  if ('seq' in verdict) return `${verdict.kind} ${verdict.seq}`;
  if (verdict.kind === 'rejected') return `${verdict.code}${verdict.replayed ? ' again' : ''}`;
  return verdict.kind;
};

/** What the engine says of a log: verdicts by `partition/offset`, and each stream as it is stored. */
async function foldLog(kind: StreamKind, log: readonly Placed[], batchBytesMax: number) {
  const projection = projectionOf(kind);
  const { topic } = projection;
  let clock = 0;
  const events = createMemoryEventLog({ clock: () => clock, batchBytesMax });
  await events.ensureTopics([{ name: topic, partitions: PARTITIONS }]);
  for (const { partition, timestamp, key, value } of log) {
    clock = timestamp;
    events.appendForeign(topic, partition, { key, value });
  }
  const store = createMemoryViewStore();
  const verdicts = new Map<string, string>();
  const stopListening = await store.listen(replyChannel('door'), {
    message: (message) => {
      for (const { partition, offset, verdict } of JSON.parse(message) as VerdictNotice[]) {
        verdicts.set(`${partition}/${offset}`, short(verdict));
      }
    },
    resumed: () => undefined,
  });
  const troubles: string[] = [];
  let commits = 0;
  const projector = new Projector(projection, {
    log: events,
    store,
    timing,
    rulebook: RULEBOOK,
    commitId: () => `c${commits++}`,
    mirror: async (letters) => {
      for (const { partition, offset } of letters) {
        verdicts.set(`${partition}/${offset}`, 'dead_letter');
      }
      return letters.map(() => ({ kind: 'mirrored' }));
    },
    trouble: (_partition, what) => troubles.push(what),
  });
  await projector.start(events);
  const numbers = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const ends = await Promise.all(numbers.map((p) => events.range(topic, p)));
  await vi.waitFor(
    () => {
      const status = projector.status();
      const isDone = numbers.every((p) => {
        const own = status.find(({ partition }) => partition === p);
        return own?.stopped != null || own?.next === ends[p]?.end;
      });
      if (!isDone) throw new Error(`the engine stands at ${JSON.stringify(status)}`);
    },
    { timeout: 20_000, interval: 1 },
  );
  const stopped = projector.status().map((own) => own.stopped !== null);
  await projector.stop();
  await stopListening();
  const model = modelOf(
    kind,
    numbers.map((p) => events.records(topic, p)),
  );
  return { verdicts, stopped, model, reader: new ProjectionReader(store, projection) };
}

type Fold = Awaited<ReturnType<typeof foldLog>>;

/** Verdicts of the model by `partition/offset`, without records that belong to no stream. */
const judgedByModel = (model: Model): [string, string][] =>
  model.verdicts.flatMap((verdicts, partition) =>
    [...verdicts]
      .filter(([, { kind }]) => kind !== 'rules')
      .map(([offset, verdict]): [string, string] => [`${partition}/${offset}`, short(verdict)]),
  );

async function expectAgreement(kind: StreamKind, fold: Fold): Promise<void> {
  const { verdicts, stopped, model, reader } = fold;
  expect(stopped).toEqual(model.stoppedAt.map((offset) => offset !== null));
  expect(Object.fromEntries(verdicts)).toEqual(Object.fromEntries(judgedByModel(model)));
  for (const [subject, stream] of model.streams) {
    const { document } = await reader.document(kind, subject.slice(subject.indexOf('/') + 1));
    expect(document?.parked).toBeNull();
    expect(document?.viewFaults).toEqual([]);
    expect(document?.state).toMatchObject({
      seq: stream.seq,
      status: stream.status,
      chain: stream.chain,
      createdAt: stream.created_at,
      updatedAt: stream.updated_at,
    });
    const view = document?.views[kind] as Record<string, unknown>;
    if (kind === 'run') {
      expect(view['message_count'] ?? 0).toBe(stream.message_count);
      expect(view['tool_call_count'] ?? 0).toBe(stream.tool_call_count);
      expect(view['late_count'] ?? 0).toBe(stream.late_count);
    }
  }
}

/** Every answer a hostile log may get; a generator that misses one proves less than it says. */
const ANSWERS = (kind: StreamKind): string[] => [
  'accepted',
  'dead_letter',
  'duplicate',
  'forbidden',
  'idempotency_conflict',
  'invalid_data',
  'invalid_data again',
  'invalid_transition',
  'invalid_transition again',
  'not_found',
  'not_found again',
  ...(kind === 'run' ? ['run_archived', 'run_archived again'] : []),
  'sequence_conflict',
  'sequence_conflict again',
];

describe.each(STREAM_KINDS)('a hostile log of a topic of %ss', (kind) => {
  it('is judged by the engine as by the model', async () => {
    const runs = proofSize({ short: 150, full: 20_000 });
    // Each has every answer within so few logs.
    const short = kind === 'run' ? 1 : 7;
    const seed = proofSize({ short, full: Date.now() & 0x7fffffff });
    console.log(`seed ${seed}`);
    const answers = new Set<string>();
    let records = 0;
    await fc.assert(
      fc.asyncProperty(hostileLog(kind), fc.constantFrom(1, 300, 2000, MIB), async (log, batch) => {
        const fold = await foldLog(kind, log, batch);
        await expectAgreement(kind, fold);
        records += log.length;
        for (const answer of fold.verdicts.values()) answers.add(answer.replace(/ \d+$/, ''));
      }),
      { numRuns: runs, seed },
    );
    expect([...answers].sort()).toEqual(ANSWERS(kind));
    reportProof({ kind, logs: runs, records, seed });
  });

  it('is judged differently when one record is taken away, and the comparison sees it', async () => {
    const [log = []] = fc.sample(hostileLog(kind), { numRuns: 1, seed: 7 });
    const fold = await foldLog(kind, log, MIB);
    const shorter = await foldLog(kind, log.slice(1), MIB);
    await expect(expectAgreement(kind, { ...fold, model: shorter.model })).rejects.toThrow();
  });
});
