import { RULES_CHANGED } from '@refold/contracts';
import { AppendRefused, type RefoldProgress } from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import { open } from './truncated-log.fixture.js';

/** Longest wait, on a busy machine. */
const WAIT = { timeout: 20_000 };

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

  it('gives up nothing where the read models went away while it read', async () => {
    const { archive, fold, ended, start, clock } = await open();
    archive();
    await fold();
    clock.sleeping = async () => (clock.isEmptied = true);
    expect(await ended()).toMatchObject({
      ...{ outcome: 'failed', error: 'held back by generation 1, which is folded up to 0' },
    });
    expect(await start()).toBe(0);
  });

  it('is done where an owner before it gave that up just now', async () => {
    const { log, archive, fold, ended, clock } = await open();
    archive();
    await fold();
    let asked = 0;
    clock.ranging = async () => {
      asked += 1;
      if (asked === 2) await log.truncate('t', 0, 3);
    };
    expect(await ended()).toMatchObject({ outcome: 'done', to: 3, records: 3 });
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
