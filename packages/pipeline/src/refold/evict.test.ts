import { encodeEnvelope, RULES_CHANGED } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { createGeneration } from '../generation/change-pointer.js';
import { bound, SLOT } from '../project/one-partition.fixture.js';
import { planEvict } from '../plan/plan-evict.js';
import type { EvictRequest } from '../plan/plan-evict.js';
import { NO_TRAFFIC } from '../plan/traffic.fixture.js';
import { openRefolds } from './refold-world.fixture.js';
import type { RefoldTask } from './refold-task.js';

/** Runs that are archived and cut off, and one that goes on. */
async function open(runs: number) {
  const world = await openRefolds();
  const over = (id: string): void => {
    const subject = `run/${id}`;
    world.append({ subject });
    world.append({ subject, type: 'run.finished', data: { status: 'failed' } });
    world.append({ subject, type: 'run.archived' });
  };
  for (let n = 0; n < runs; n++) over(`old-${n}`);
  world.append({ subject: 'run/old-0', type: 'run.delta', id: 'too-late' });
  world.append({ subject: 'run/nobody', type: 'run.delta', id: 'too-early' });
  const place = world.log.appendForeign('t', 0, {
    key: 'k',
    value: encodeEnvelope({
      ...{ id: 'rules', source: 's', type: RULES_CHANGED, subject: 'run/k' },
      data: { decider: 1, history: [] },
    }),
  });
  world.append({ subject: 'run/new' });
  const planned = async (more: Partial<EvictRequest> = {}) =>
    (
      await planEvict(
        { log: world.log, store: world.store },
        { ...world.projection },
        { approval: 'not_required', partitions: null, share: null, measured: [], ...more },
      )
    ).plan;
  const plan = async () => (await planned()).streams;
  const task = (to = place): RefoldTask => ({
    operation: 'op',
    effect: 'evict',
    select: { kind: 'all', to },
  });
  return { ...world, over, place, plan, planned, task };
}

describe('evicting archived runs', () => {
  it('leaves what a fresh fold makes of the log that is left, in as many commits as it takes', async () => {
    const world = await open(450);
    const one = world.owner();
    await world.foldAll(one);
    expect(await world.plan()).toBe(0);
    await world.log.truncate('t', 0, world.place);
    expect(await world.plan()).toBe(450);
    const { read_records: read } = await world.planned();
    // All that is left: the place, and a run that began behind it.
    expect(read).toBe(2);
    expect(world.held()).not.toEqual(await world.fresh());
    const result = await world.refolded(one, world.task());
    expect(result).toMatchObject({ outcome: 'done', streams: 450, replaced: 450 });
    expect(result.readRecords).toBe(read);
    expect(world.held()).toEqual(await world.fresh());
    expect(await world.plan()).toBe(0);
    // The ID is nobody's: whoever begins it meets nothing of what it was.
    world.append({ subject: 'run/old-1' });
    world.append({ subject: 'run/old-2', type: 'run.delta' });
    await world.foldAll(one);
    expect(world.held()).toEqual(await world.fresh());
  });

  it('leaves a run of which any claim is left, and what is not cut off', async () => {
    const world = await open(3);
    world.over('young');
    world.append({ subject: 'run/old-1', type: 'run.started', id: 'late' });
    const one = world.owner();
    await world.foldAll(one);
    await world.log.truncate('t', 0, world.place);
    expect(await world.plan()).toBe(2);
    expect(await world.refolded(one, world.task())).toMatchObject({ streams: 2 });
    const names = Object.keys(world.store.dump(SLOT).text);
    expect(names.filter((name) => name.startsWith('d:')).sort()).toEqual([
      'd:run/new',
      'd:run/old-1',
      'd:run/young',
    ]);
  });

  it('leaves what was refused while the log has a claim of its stream, and what is not cut off', async () => {
    const world = await open(1);
    world.append({ subject: 'run/nobody', type: 'run.delta', id: 'again' });
    const one = world.owner();
    await world.foldAll(one);
    const known = () => Object.keys(world.store.dump(SLOT).hashes['refusals'] ?? {}).length;
    expect(known()).toBe(3);
    await world.log.truncate('t', 0, world.place);
    await world.refolded(one, world.task(world.place - 3));
    expect(known()).toBe(3);
    await world.refolded(one, { ...world.task(), operation: 'op-2' });
    expect(known()).toBe(2);
  });

  it('leaves time to others while it looks for them, too, and ends there where it is canceled', async () => {
    const world = await open(900);
    await world.foldAll(world.owner());
    await world.log.truncate('t', 0, world.place);
    let [now, pages, slept] = [0, 0, 0];
    let meanwhile = (): void => undefined;
    const timing = {
      now: () => now,
      sleep: async (ms: number) => {
        slept += ms;
        meanwhile();
      },
      after: () => () => undefined,
      tick: () => Promise.resolve(),
    };
    const store = {
      ...bound(world.store),
      read: (...[slot, reads]: Parameters<typeof world.store.read>) => {
        if (reads.some(({ kind }) => kind === 'ranked')) pages += 1;
        // Each page is read with its documents, of which no owner reads so many at once.
        if (reads.length === 200 || reads.some(({ kind }) => kind === 'ranked')) now += 5;
        return world.store.read(slot, reads);
      },
    };
    const one = world.owner({ store: store as typeof world.store, timing });
    meanwhile = () => one.refolds.cancel('op');
    const canceled = await world.refolded(one, { ...world.task(), share: 0.2 });
    expect([canceled.outcome, pages, slept]).toEqual(['canceled', 1, 40]);
    meanwhile = () => undefined;
    const again = { ...world.task(), operation: 'again', share: 0.2 };
    expect(await world.refolded(one, again)).toMatchObject({ outcome: 'done', streams: 900 });
    // Half of a page, and its documents, are read at the end.
    expect(pages).toBe(6);
    expect(slept).toBeGreaterThanOrEqual(40 + 4 * 40);
  });

  it('leaves no keys of what it tells as settled', async () => {
    const world = await open(450);
    await world.foldAll(world.owner());
    await world.log.truncate('t', 0, world.place);
    const settled: number[] = [];
    const left = (): void => {
      const { settled: now = 0, phase } = one.refolds.progress() ?? {};
      if (phase !== 'replacing' || settled.at(-1) === now) return;
      settled.push(now);
      const { hashes, lists } = world.store.dump(SLOT);
      expect(hashes['retired']).toBeUndefined();
      expect(Object.keys(lists).filter((name) => name.startsWith('t:run/old-'))).toHaveLength(
        450 - Math.min(450, now),
      );
    };
    const store = {
      ...bound(world.store),
      read: (...asked: Parameters<typeof world.store.read>) => {
        left();
        return world.store.read(...asked);
      },
    };
    const one = world.owner({ store: store as typeof world.store });
    await world.refolded(one, world.task());
    expect(settled).toEqual([0, 200, 400]);
  });

  it('takes as long as evictions did, in proportion to their streams, and is not guessed before', async () => {
    const world = await open(450);
    await world.foldAll(world.owner());
    await world.log.truncate('t', 0, world.place);
    // Of what is read for a plan nothing is removed.
    expect(await world.planned()).toMatchObject({ streams: 450, eta_seconds: null });
    const partition = { partition: 0, from: 0, to: 0, log_start: 0, records: 0, read_records: 4 };
    const partitions = [{ ...partition, streams: 900 }];
    const before = { partitions, isNamed: false, share: 0.5, seconds: 41, traffic: NO_TRAFFIC };
    const { eta_seconds: seconds } = await world.planned({ measured: [before] });
    expect(seconds).toBeGreaterThan(20);
    expect(seconds).toBeLessThan(22);
  });

  it('is not planned on for somebody who has gone', async () => {
    const world = await open(1);
    await world.foldAll(world.owner());
    await world.log.truncate('t', 0, world.place);
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(world.planned({ signal })).rejects.toThrow('gone');
  });

  it('is not planned while another generation holds the runs too', async () => {
    const world = await open(1);
    await world.foldAll(world.owner());
    const request = { operation: 'o', views: 'run@1', share: 1 };
    await createGeneration({ store: world.store, commitId: () => 'c' }, world.projection, request);
    await expect(world.plan()).rejects.toMatchObject({ reason: 'other_generation' });
  });
});
