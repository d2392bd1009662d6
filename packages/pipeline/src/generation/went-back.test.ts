import { describe, expect, it } from 'vitest';
import { openGenerations } from './two-generations.fixture.js';

/** A second generation that has caught up, and the store as it is while a swap to it is under way. */
async function open() {
  const world = await openGenerations();
  world.claim('run.started');
  world.claim('run.delta');
  await world.foldAll(world.projector());
  await world.create();
  const before = world.owner();
  await world.foldAll(before);
  await world.until(() => world.checkpointOf(2)?.next === 2);
  before.revoke();
  await world.swap('x', 2);
  return world;
}

describe('a pointer that went back behind the end of a swap', () => {
  it.each(['is sealed', 'is made live'] as const)(
    'loses the swap before anything %s, and readers see nothing of it',
    async (when) => {
      const world = await open();
      let looks = 0;
      const owner = world.owner({
        hasEnded: async (operation) => {
          looks += 1;
          return operation === 'x' && (when === 'is sealed' || looks > 1);
        },
      });
      await world.foldAll(owner);
      await world.until(async () => (await world.pointer()).swap === null);
      expect(await world.live()).toBe(1);
      const reason = 'the operation x is over by the log: repeat what is still wanted';
      expect((await world.pointer()).done.get('x')).toEqual({ kind: 'given_up', reason });
      expect(looks).toBe(when === 'is sealed' ? 1 : 2);
      // Both slots are what they were, and the next swap is carried out.
      await world.until(() => world.roles().join() === 'live,aside');
      await world.swap('y', 2);
      await world.until(async () => (await world.live()) === 2);
    },
  );

  it('keeps the swap while the log does not answer', async () => {
    const world = await open();
    let isSilent = true;
    let looks = 0;
    const owner = world.owner({
      hasEnded: async () => {
        looks += 1;
        if (isSilent) throw new Error('no leader');
        return false;
      },
    });
    await world.foldAll(owner);
    await world.until(() => looks > 3);
    expect([await world.live(), (await world.pointer()).swap?.operation]).toEqual([1, 'x']);
    isSilent = false;
    await world.until(async () => (await world.live()) === 2);
  });
});
