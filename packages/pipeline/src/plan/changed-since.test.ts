import { describe, expect, it } from 'vitest';
import { openWorld } from '../project/one-partition.fixture.js';
import { changedSince } from './changed-since.js';
import { makePlan } from './make-plan.js';
import { readPresent } from './present.js';
import type { Present } from './present.js';

async function open() {
  const world = await openWorld();
  for (const id of ['a', 'b', 'a']) world.append({ subject: `run/${id}` });
  await world.foldAll(world.projector());
  const plan = await makePlan(world, world.projection, {
    verb: { verb: 'shift-by', shift: -1 },
    effect: 'replace',
    partitions: null,
    nowMs: 0,
    measured: [],
  });
  const present = () => readPresent(world.log, world.store, world.projection, [0]);
  return { ...world, plan, present };
}

/** The present with a checkpoint that differs. */
const altered = (now: Present, change: object): Present => ({
  ...now,
  partitions: now.partitions.map((one) => ({
    ...one,
    checkpoint: one.checkpoint && { ...one.checkpoint, ...change },
  })),
});

describe('since a plan was made', () => {
  it('nothing has changed where nothing happened', async () => {
    const { plan, present } = await open();
    expect(changedSince(plan, await present())).toEqual([]);
  });

  it('that the partition was folded on is told, and no reason to refuse', async () => {
    const { plan, present, append, foldAll, projector } = await open();
    append({ subject: 'run/a' });
    await foldAll(projector());
    expect(changedSince(plan, await present())).toEqual([
      { code: 'checkpoint_moved_on', partition: 0, planned: 3, found: 4, refuses: false },
    ]);
  });

  it('the log may have lost what has to be read: refused; below that it is no matter', async () => {
    const { plan, present, log } = await open();
    const later = { ...plan, partitions: plan.partitions.map((one) => ({ ...one, readFrom: 1 })) };
    log.deleteHead('t', 0, 1);
    expect(changedSince(later, await present())).toEqual([]);
    expect(changedSince(plan, await present())).toEqual([
      { code: 'log_start_moved', partition: 0, planned: 0, found: 1, refuses: true },
    ]);
  });

  it('another generation, partition count, view, role or a lost checkpoint is refused', async () => {
    const { plan, present } = await open();
    const now = await present();
    const codes = (changed: Present) =>
      changedSince(plan, changed).map(({ code, refuses }) => [code, refuses]);
    expect(codes({ ...now, generation: 2 })).toEqual([['generation_changed', true]]);
    expect(codes({ ...now, partitionCount: 2 })).toEqual([['partition_count_changed', true]]);
    expect(codes(altered(now, { views: 'run@2' }))).toEqual([['views_changed', true]]);
    expect(codes(altered(now, { role: 'aside' }))).toEqual([['role_changed', true]]);
    // The owner lifts the seal of a swap a moment after the swap is done.
    expect(codes(altered(now, { role: 'sealed' }))).toEqual([['role_changed', false]]);
    expect(codes(altered(now, { next: 2 }))).toEqual([['checkpoint_went_back', true]]);
    expect(codes({ ...now, partitions: [] })).toEqual([['checkpoint_missing', true]]);
    expect(codes(altered(now, { decider: 2 }))).toEqual([['decider_changed', false]]);
  });

  it('another generation on one partition of several is refused, where the plan names each', async () => {
    const { plan, present } = await open();
    const now = await present();
    const named = (live: number) => ({
      ...plan,
      partitions: plan.partitions.map((one) => ({ ...one, live })),
    });
    expect(changedSince(named(1), now)).toEqual([]);
    expect(changedSince(named(2), now)).toEqual([
      { code: 'generation_changed', partition: 0, planned: 2, found: 1, refuses: true },
    ]);
  });

  it('a log that ends before what is planned is refused', async () => {
    const { plan, present, log } = await open();
    log.truncateTail('t', 0, 2);
    expect(changedSince(plan, await present())).toMatchObject([
      { code: 'log_end_went_back', planned: 3, found: 2, refuses: true },
    ]);
  });
});
