import { encodeEnvelope, RULES_CHANGED, type OperationPlanned } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import {
  AppendRefused,
  type EventLog,
  type Projection,
  type RefoldProgress,
  type RefoldResult,
} from '@refold/pipeline';
import { createMemoryEventLog, createMemoryViewStore, foldLog } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { truncateLog } from './truncate-log.js';

/** Longest wait, on a busy machine. */
const WAIT = { timeout: 20_000 };

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 1,
  generation: 1,
};

/** An archived run with a place to cut at behind it, at offset 3. */
async function open(
  truncate?: EventLog['truncate'],
  during: () => void | Promise<void> = () => undefined,
) {
  const log = createMemoryEventLog({ clock: () => 1_000 });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  const store = createMemoryViewStore();
  let ids = 0;
  const append = (type: string, data: object | null = null, run = 'a') =>
    log.appendForeign('t', 0, {
      key: run,
      value: encodeEnvelope({
        ...{ id: `e${ids++}`, source: 's', type, subject: `run/${run}` },
        data: data as null,
      }),
    });
  append('run.started');
  append('run.finished', { status: 'failed' });
  const fold = (): Promise<void> => foldLog(log, store, PROJECTION);
  const clock = {
    ...{ now: 0, slept: 0, asked: 0, isWanted: true, share: 0.5 },
    sleeping: async (): Promise<unknown> => null,
    tell: async (_partition: number, _progress: RefoldProgress): Promise<void> => undefined,
  };
  const step = truncateLog({
    ...{ store, rulebook: RULEBOOK, nowMs: () => 1_000_000_000 },
    timing: {
      now: () => clock.now,
      async sleep(ms) {
        clock.slept += ms;
        await clock.sleeping();
      },
    },
    tell: (_projection, partition, progress) => clock.tell(partition, progress),
    async isWanted() {
      clock.asked += 1;
      return clock.isWanted;
    },
    log: {
      ...log,
      truncate: (...asked) =>
        truncate === undefined ? log.truncate(...asked) : truncate(...asked),
      async read(...asked) {
        clock.now += 10;
        await during();
        return log.read(...asked);
      },
    },
  });
  let amounts = {};
  /** What {@link archive} makes of the log is planned. */
  const plan = (more: object = {}): void => {
    const bytes = log
      .records('t', 0)
      .slice(0, 3)
      .reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
    const all = { partition: 0, from: 0, to: 3, streams: 1, records: 3, bytes, read_records: 3 };
    amounts = { ...all, ...more };
  };
  const ask = (isCanceling = false, operation = 'o'): Promise<RefoldResult | null> =>
    step({
      ...{ operation, projection: PROJECTION, partition: 0, isCanceling },
      planned: {
        ...{ verb: 'truncate', share: clock.share, plan: { partitions: [amounts] } },
      } as unknown as OperationPlanned,
    });
  /** Asks until there is an answer. */
  const ended = async (isCanceling = false, operation = 'o'): Promise<RefoldResult> => {
    for (;;) {
      const result = await ask(isCanceling, operation);
      if (result !== null) return result;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const archive = (): void => {
    append('run.archived');
    append(RULES_CHANGED, { decider: 1, history: [] });
    plan();
  };
  const start = async () => (await log.range('t', 0)).start;
  return { append, archive, plan, fold, ask, ended, start, clock };
}

describe('truncating the log', () => {
  it('gives up what the plan says, and finds out that it was given up already', async () => {
    const { archive, fold, ended, start } = await open();
    archive();
    await fold();
    const done = { outcome: 'done', to: 3, streams: 1, records: 3, readRecords: 3 };
    expect(await ended()).toMatchObject(done);
    expect(await start()).toBe(3);
    expect(await ended()).toMatchObject(done);
  });

  it('gives up nothing that something needs by now', async () => {
    const { append, plan, fold, ended, start } = await open();
    append('run.message', { role: 'user', content: 'late' });
    append(RULES_CHANGED, { decider: 1, history: [] });
    plan();
    await fold();
    expect(await ended()).toMatchObject({
      ...{ outcome: 'failed', error: 'held back by run/a, which begins at 0' },
    });
    expect(await start()).toBe(0);
  });

  it('gives up what was planned where more places came since than a plan remembers', async () => {
    const { append, archive, fold, ended, start } = await open();
    archive();
    for (let n = 0; n < 1_100; n++) append(RULES_CHANGED, { decider: 1, history: [] });
    await fold();
    expect(await ended()).toMatchObject({ outcome: 'done', to: 3, records: 3 });
    expect(await start()).toBe(3);
  });

  it('gives up nothing where the log is not what was planned, and says what it is', async () => {
    const { archive, plan, fold, ended, start } = await open();
    archive();
    plan({ records: 4, bytes: 400 });
    await fold();
    const { outcome, error } = await ended();
    expect(outcome).toBe('failed');
    expect(error).toMatch(/^the log has 3 records of \d+ bytes .* before 3 by now, /);
    expect(error).toContain(', and the plan says 4 records of 400 bytes ');
    expect(await start()).toBe(0);
  });

  it('gives up nothing where it was canceled before, or is not allowed to', async () => {
    const canceled = await open();
    canceled.archive();
    await canceled.fold();
    expect(await canceled.ended(true)).toMatchObject({ outcome: 'canceled', records: 0 });
    expect(await canceled.start()).toBe(0);
    const refused = await open(async () => {
      throw new AppendRefused('unauthorized', 'not allowed to delete records');
    });
    refused.archive();
    await refused.fold();
    expect(await refused.ended()).toMatchObject({
      ...{ outcome: 'failed', error: 'not allowed to delete records' },
    });
  });

  it('gives up nothing where the operation was ended while it read, whoever ended it', async () => {
    const elsewhere = await open();
    elsewhere.archive();
    await elsewhere.fold();
    elsewhere.clock.isWanted = false;
    expect(await elsewhere.ended()).toMatchObject({ outcome: 'canceled', records: 0 });
    expect(await elsewhere.start()).toBe(0);
  });

  it('is begun anew where nobody asked for it for a minute', async () => {
    let reads = 0;
    const { archive, fold, ask, ended, clock } = await open(undefined, () => {
      if (reads++ === 0) clock.now += 60_000;
    });
    archive();
    await fold();
    expect(await ask()).toBeNull();
    await vi.waitFor(() => expect(reads).toBe(1), WAIT);
    expect(await ended()).toMatchObject({ outcome: 'done' });
    // The first one gave up behind its first read, and cut nothing; the other one takes one.
    expect([reads, clock.asked]).toEqual([2, 1]);
  });

  it('is canceled while it reads', async () => {
    const world = await open(undefined, async () => {
      await world.ask(true);
    });
    world.archive();
    await world.fold();
    expect(await world.ended()).toMatchObject({ outcome: 'canceled' });
    expect(await world.start()).toBe(0);
  });

  it('reads one partition at a time', async () => {
    let [reading, most] = [0, 0];
    const { archive, fold, ended } = await open(undefined, async () => {
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
    });
    archive();
    await fold();
    await Promise.all(['o', 'p', 'q'].map((operation) => ended(false, operation)));
    expect(most).toBe(1);
  });

  it('reads with a share of the time', async () => {
    const { archive, fold, ended, clock } = await open();
    archive();
    await fold();
    await ended();
    expect(clock.now).toBeGreaterThan(0);
    expect(clock.slept).toBe(clock.now);
  });

  it('tells every second how far it is, and goes on where that cannot be told', async () => {
    const { archive, fold, ended, clock } = await open();
    archive();
    await fold();
    const told: RefoldProgress[] = [];
    Object.assign(clock, {
      share: 0.003,
      async sleeping() {
        clock.now = 10 + clock.slept;
      },
      async tell(partition: number, progress: RefoldProgress) {
        told.push(progress);
        expect(partition).toBe(0);
        throw new Error('the partition is somebody else');
      },
    });
    expect(await ended()).toMatchObject({ outcome: 'done' });
    expect(told.map(({ elapsedMs }) => elapsedMs)).toEqual([1_010, 2_010, 3_010]);
    expect(told[0]).toMatchObject({
      ...{ operation: 'o', phase: 'comparing', streams: 1, settled: 1 },
      ...{ scanned: 3, readRecords: 3, trouble: null },
    });
  });

  it('is canceled within a long pause', async () => {
    const { archive, fold, ask, ended, start, clock } = await open();
    archive();
    await fold();
    Object.assign(clock, { share: 0.001, sleeping: () => ask(true) });
    expect(await ended()).toMatchObject({ outcome: 'canceled' });
    expect([clock.slept, await start()]).toEqual([1_000, 0]);
  });

  it('tells what went wrong, and tries again when it is asked again', async () => {
    let tries = 0;
    const { archive, fold, ended } = await open(async () => {
      tries += 1;
      if (tries === 1) throw new Error('the log is away');
    });
    archive();
    await fold();
    await expect(ended()).rejects.toThrow('the log is away');
    expect(await ended()).toMatchObject({ outcome: 'done' });
  });
});
