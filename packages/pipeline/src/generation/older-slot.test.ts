import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import type { RefoldResult } from '../refold/refold-task.js';
import { COUNTERS } from '../slot/names.js';
import { VERDICT_COUNTERS } from '../slot/verdict-digest.js';
import { openGenerations } from './two-generations.fixture.js';

/** A partition that was begun by a build without digests of what was decided, and a generation aside. */
async function open() {
  const world = await openGenerations();
  world.claim('run.started');
  world.append({ subject: 'run/other', type: 'run.started' });
  await world.foldAll(world.projector());
  world.changeSlot(1, (slot) => {
    const dropField = VERDICT_COUNTERS.map((counter): [string, string] => [COUNTERS, counter]);
    slot.apply({ ...noWrites(), dropField });
    return slot;
  });
  const results: RefoldResult[] = [];
  const owner = world.owner({ refolded: (result) => results.push(result) });
  // This build folds it on, and counts what it does.
  world.claim('run.delta');
  await world.foldAll(owner);
  await world.create();
  await world.foldAll(owner);
  await world.until(() => world.checkpointOf(2)?.next === 3);
  const swapped = async (operation: string) => {
    await world.swap(operation, 2);
    // The owner waits in it while its slot is sealed.
    const folded = world.foldAll(owner);
    await world.until(async () => (await world.pointer()).done.has(operation));
    await world.until(() => !world.roles().includes('sealed'));
    await folded;
    return (await world.pointer()).done.get(operation);
  };
  return { ...world, swapped, owner, results };
}

describe('a swap from a slot that an older build began', () => {
  it('is given up and says what to do, and is made once that was done', async () => {
    const { owner, results, swapped, ...world } = await open();
    const reason = expect.stringContaining('repair all streams of the partition') as string;
    expect(await swapped('swap')).toMatchObject({ kind: 'given_up', reason });
    expect(world.roles()).toEqual(['live', 'aside']);
    const select = { kind: 'all', to: 3 } as const;
    await world.until(
      () => owner.request({ operation: 'repair', effect: 'repair', select }) === 'taken',
    );
    await world.until(() => results.length > 0);
    expect(results[0]).toMatchObject({ outcome: 'done' });
    expect(await swapped('again')).toMatchObject({ kind: 'swapped' });
    expect(world.roles()).toEqual(['aside', 'live']);
    owner.revoke();
  });
});
