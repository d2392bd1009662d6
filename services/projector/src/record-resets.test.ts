import { encodeEnvelope, partitionOf, type OperationPlanned } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import {
  ProjectionReader,
  type OutgoingRecord,
  type PendingReset,
  type RefoldResult,
} from '@refold/pipeline';
import { createLogger } from '@refold/service';
import { installationOf, machineTiming } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore, foldLog } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { endedOperations } from './ended-operations.js';
import {
  eventRecord,
  operationFinished,
  operationStarted,
  partitionFinished,
} from './operation-events.js';
import { recordResets } from './record-resets.js';

const PARTITION = partitionOf('r', 2);
const RESET: PendingReset = { operation: 'o-1', partition: PARTITION, target: 1, checkpoint: 3 };

/** Three events of one run, folded, and a reset of its partition to the second. */
async function open(approval: 'required' | 'not_required' = 'not_required') {
  const { projections, specs } = installationOf('test', 2);
  const { runs, operations } = projections;
  const log = createMemoryEventLog({ clock: Date.now });
  await log.ensureTopics(specs);
  const store = createMemoryViewStore();
  for (const [n, type] of ['run.started', 'run.delta', 'run.delta'].entries()) {
    const envelope = { id: `e${n}`, source: 's', type, subject: 'run/r', data: null };
    log.appendForeign(runs.topic, PARTITION, { key: 'r', value: encodeEnvelope(envelope) });
  }
  await foldLog(log, store, runs);
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'warn',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const published: OutgoingRecord[] = [];
  const settled: string[] = [];
  const pending: PendingReset[] = [RESET];
  /** What the log answers; it has the record all the same. */
  const outcomes: ('appended' | 'unknown')[] = [];
  /** What the log gets instead of what is published. */
  const instead: OutgoingRecord[] = [];
  const append = ({ topic, partition, key, value }: OutgoingRecord): number =>
    log.appendForeign(topic, partition, { key, value });
  let passed = 0;
  const timing = { ...machineTiming, now: () => machineTiming.now() + passed };
  const process = () =>
    recordResets({
      ...{ log, store, timing, operations },
      hasEnded: endedOperations({ log, store, operations }),
      watches: [
        {
          projection: runs,
          pending: () => pending.filter(({ operation }) => !settled.includes(operation)),
          settle: async (operation) => void settled.push(operation),
        },
      ],
      publisher: {
        async publish(record) {
          published.push(record);
          const offset = append(instead.shift() ?? record);
          const kind = outcomes.shift() ?? 'appended';
          return kind === 'appended'
            ? { kind, offset, timestamp: 0 }
            : { kind, message: 'no answer' };
        },
      },
      approval,
      logger,
    });
  const reader = new ProjectionReader(store, operations);
  const status = async (): Promise<string | undefined> => {
    await foldLog(log, store, operations);
    return (await reader.document('operation', RESET.operation)).document?.state?.status;
  };
  /** A process that looks once and ends. */
  const look = async (): Promise<string | undefined> => {
    const one = process();
    await one.look();
    await one.stop();
    return status();
  };
  const types = (): (string | undefined)[] =>
    published.map(({ value }) => (JSON.parse(value) as { type: string }).type.split('.')[1]);
  const world = {
    log,
    store,
    runs,
    operations,
    reader,
    append,
    published,
    settled,
    outcomes,
    instead,
    pending,
  };
  const later = (ms: number): void => void (passed += ms);
  return { ...world, lines, process, status, look, types, later };
}

const RESULT: RefoldResult = {
  operation: RESET.operation,
  partition: PARTITION,
  outcome: 'done',
  streams: 1,
  replaced: 1,
  records: 3,
  tailRecords: 0,
  readRecords: 3,
  bytes: 1,
  readFrom: 0,
  to: 3,
  differences: [],
  drift: {},
  differing: 0,
  unrebuildable: 0,
  unrebuildableStreams: [],
};

describe('a reset that was noticed', () => {
  it('is planned, started and settled, by whatever process looks next', async () => {
    const { look, types, settled, append, operations, reader, status } = await open();
    expect(await look()).toBe('planned');
    const { events } = await reader.timeline('operation', 'o-1', 0, 1);
    expect(events[0]?.data as OperationPlanned).toMatchObject({
      verb: 'rewind',
      projection: 'runs',
      approval: 'not_required',
      arguments: { target: 'to-offset', offset: 1, group: 'test.runs.projector' },
      plan: { streams: 1, records: 3, partitions: [{ partition: PARTITION, from: 1, to: 3 }] },
    });
    expect(await look()).toBe('running');
    expect(await look()).toBe('running');
    append(partitionFinished(operations, RESULT).record);
    expect(await look()).toBe('running');
    const { document } = await reader.document('operation', 'o-1');
    const known = document?.views['operation'] as OperationDocument;
    append(operationFinished(operations, 'o-1', known).record);
    expect([await status(), settled]).toEqual(['done', []]);
    await look();
    expect(settled).toEqual(['o-1']);
    expect(types()).toEqual(['planned', 'started']);
  });

  it('is told again until the log has it, and not while that is on its way', async () => {
    const { process, status, outcomes, types } = await open();
    outcomes.push('unknown');
    const one = process();
    await one.look();
    await one.look();
    await one.look();
    expect(types()).toEqual(['planned', 'planned']);
    expect(await status()).toBe('planned');
    await one.look();
    await one.look();
    expect(types()).toEqual(['planned', 'planned', 'started']);
    expect(await status()).toBe('running');
  });

  it('is recorded beside one that cannot be, which is told once', async () => {
    const { look, pending, lines } = await open();
    pending.unshift({ ...RESET, operation: 'o-0', partition: 99 });
    expect(await look()).toBe('planned');
    expect(lines.filter((line) => line.includes('cannot be recorded yet'))).toHaveLength(1);
  });

  it('is one operation though two processes plan it', async () => {
    const { process, status, types, reader } = await open();
    await Promise.all([process().look(), process().look()]);
    expect(types()).toEqual(['planned', 'planned']);
    expect(await status()).toBe('planned');
    const { document } = await reader.document('operation', 'o-1');
    expect(document?.state?.seq).toBe(1);
  });

  it('is only planned where somebody has to agree', async () => {
    const { look, types } = await open('required');
    expect(await look()).toBe('awaiting_approval');
    expect(await look()).toBe('awaiting_approval');
    expect(types()).toEqual(['planned']);
  });

  it('is given up, and said, where the read models were emptied since', async () => {
    const { look, store, settled, types, lines } = await open();
    store.wipe();
    expect(await look()).toBeUndefined();
    expect([settled, types()]).toEqual([['o-1'], []]);
    expect(lines.join('')).toContain('the read models were emptied since');
  });

  it('waits where the read models went back behind it, until they are folded up to it again', async () => {
    const { look, log, store, runs, pending, settled, types } = await open();
    pending.splice(0, 1, { ...RESET, target: 4, checkpoint: 5 });
    expect(await look()).toBeUndefined();
    expect([settled, types()]).toEqual([[], []]);
    for (const id of ['e3', 'e4']) {
      const envelope = { id, source: 's', type: 'run.delta', subject: 'run/r', data: null };
      log.appendForeign(runs.topic, PARTITION, { key: 'r', value: encodeEnvelope(envelope) });
    }
    await foldLog(log, store, runs);
    expect(await look()).toBe('planned');
    expect(types()).toEqual(['planned']);
  });

  it('waits for a log that does not answer, which is said once', async () => {
    const { process, log, types, lines } = await open();
    const read = vi.spyOn(log, 'read').mockRejectedValue(new Error('no broker'));
    const one = process();
    await one.look();
    await one.look();
    expect([types(), lines.filter((line) => line.includes('no broker')).length]).toEqual([[], 1]);
    read.mockRestore();
    await one.look();
    expect(types()).toEqual(['planned']);
  });

  it('is left alone by a process that stops', async () => {
    const { process, types } = await open();
    const one = process();
    const looking = one.look();
    await one.stop();
    await looking;
    await one.look();
    expect(types()).toEqual([]);
  });

  it('is planned again only now and then where its plan is refused, and that is said once', async () => {
    const { process, log, pending, lines, later, types } = await open();
    pending.splice(0, 1, { ...RESET, target: 4, checkpoint: 5 });
    const range = vi.spyOn(log, 'range');
    const one = process();
    await one.look();
    const looks = range.mock.calls.length;
    for (let n = 0; n < 5; n++) await one.look();
    expect(range.mock.calls).toHaveLength(looks);
    later(10_000);
    await one.look();
    expect(range.mock.calls).toHaveLength(2 * looks);
    expect(lines.filter((line) => line.includes('its plan is refused: forward'))).toHaveLength(1);
    expect(types()).toEqual([]);
  });

  it('says so once where the rules refuse what was written of it, and is not written again', async () => {
    const { process, instead, operations, lines, types, status } = await open();
    // Nothing is started that was not planned.
    instead.push(operationStarted(operations, 'o-1'));
    const one = process();
    await one.look();
    await one.look();
    expect(lines).toEqual([]);
    expect(await status()).toBeUndefined();
    await one.look();
    await one.look();
    expect(lines.filter((line) => line.includes('operation.planned'))).toHaveLength(1);
    expect(lines.join('')).toContain('was refused by the rules');
    expect(types()).toEqual(['planned']);
  });

  it('is started behind an operation that runs on its partition, and waits for it in so many words', async () => {
    const { process, append, operations, reader, status, lines, types } = await open();
    const one = process();
    await one.look();
    expect(await status()).toBe('planned');
    const { events } = await reader.timeline('operation', 'o-1', 0, 1);
    const planned = events[0]?.data as never;
    append(eventRecord(operations, 'other', 'planned', 'operation.planned', planned, false));
    append(operationStarted(operations, 'other'));
    await status();
    await one.look();
    await one.look();
    expect(lines.filter((line) => line.includes('other runs on its partition'))).toHaveLength(1);
    expect(types()).toEqual(['planned']);
    append(partitionFinished(operations, { ...RESULT, operation: 'other' }).record);
    append(operationFinished(operations, 'other', {} as OperationDocument).record);
    // Over by the log, folded or not.
    await one.look();
    expect(await status()).toBe('running');
    expect(types()).toEqual(['planned', 'started']);
  });
});
