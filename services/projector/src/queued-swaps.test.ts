import { noWrites, pointerSlot } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { PROJECTION, open } from './generation-steps.fixture.js';

describe('a swap that waits for another one', () => {
  const swappedIn = async (to: number) => {
    const world = await open();
    await world.step('build', 'reproject', 2);
    await world.step('other', 'reproject', 3);
    await world.step('first', 'swap', to);
    expect(await world.step('second', 'swap', 3)).toEqual([]);
    // What owners do once all partitions are sealed.
    const { text } = await world.pointer();
    const writes = noWrites();
    for (const partition of ['0', '1']) writes.putField.push(['live', partition, String(to)]);
    writes.remove.push('swap');
    await world.ports.store.commit(pointerSlot(PROJECTION), text, text ?? '', writes, []);
    return world;
  };

  it('is not begun on what that has made live: nobody compared it with that', async () => {
    const { step, pointer } = await swappedIn(2);
    const why =
      'live_changed: generation 2 is live on partition 0 now, and the plan is about 1: make a new plan';
    expect(await step('second', 'swap', 3)).toEqual([
      [0, 'failed', why],
      [1, 'failed', why],
    ]);
    expect((await pointer()).swap).toBeNull();
  });

  it('fails where that has made the same generation live', async () => {
    const { step } = await swappedIn(3);
    expect(await step('second', 'swap', 3)).toMatchObject([
      [0, 'failed', 'already_live'],
      [1, 'failed', 'already_live'],
    ]);
  });
});
