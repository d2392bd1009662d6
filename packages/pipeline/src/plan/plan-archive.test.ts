import { describe, expect, it } from 'vitest';
import { POISON, openSkips } from '../refold/skip-world.fixture.js';
import { archivedSubjectsOf, planArchive } from './plan-archive.js';
import type { ArchiveArguments } from './plan-archive.js';

async function open() {
  const world = await openSkips();
  const over = (id: string): void => {
    world.claim(id, 'run.started');
    world.claim(id, 'run.finished', { status: 'failed' });
  };
  const settle = () => world.settle(world.owner());
  const plan = (args: ArchiveArguments) =>
    planArchive({ log: world.log, store: world.store }, world.projection, {
      arguments: args,
      approval: 'not_required',
      partitions: null,
    });
  return { ...world, over, settle, plan };
}

const LATER = '2100-01-01T00:00:00';

describe('a plan that archives runs', () => {
  it('chooses those that ended first, whatever order the lists have, and says how many are left', async () => {
    const { over, settle, plan } = await open();
    for (const id of ['a', 'b', 'c', 'd', 'e']) over(id);
    await settle();
    const planned = await plan({ target: 'finished', before: LATER, limit: 2 });
    expect(archivedSubjectsOf(planned, 0)).toEqual(['run/a', 'run/b']);
    expect(planned.plan).toMatchObject({ streams: 2, records: 2 });
    expect(planned.plan.partitions[0]).toMatchObject({ left_out: 3, held_events: 4 });
  });

  it('leaves out what is not over, stands parked, or ended later', async () => {
    const { over, claim, settle, plan } = await open();
    claim('runs', 'run.started');
    over('stuck');
    claim('stuck', POISON);
    await settle();
    const none = await plan({ target: 'finished', before: LATER });
    expect(none.plan).toMatchObject({ streams: 0, partitions: [{ partition: 0, subjects: [] }] });
    over('late');
    await settle();
    const early = await plan({ target: 'finished', before: '1970-01-01T00:00:00' });
    expect(archivedSubjectsOf(early, 0)).toEqual([]);
    await expect(plan({ target: 'runs', run_ids: ['late', 'stuck'] })).rejects.toMatchObject({
      reason: 'parked',
    });
    await expect(plan({ target: 'runs', run_ids: ['runs'] })).rejects.toMatchObject({
      reason: 'not_over',
    });
    const named = await plan({ target: 'runs', run_ids: ['late', 'late'] });
    expect(archivedSubjectsOf(named, 0)).toEqual(['run/late']);
  });
});
