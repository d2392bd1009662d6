import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import { encodeTask } from '../refold/refold-task.js';
import { buildHindrance, dropHindrance, swapHindrance } from './hindrance.js';
import { generationOf } from './pointer.js';
import { openGenerations } from './two-generations.fixture.js';

async function open() {
  const world = await openGenerations();
  const { log, store, projection } = world;
  await world.create();
  const build = async () => buildHindrance({ store, log }, projection, await world.pointer(), 2, 0);
  const dropping = async () => dropHindrance({ store, log }, projection, await world.pointer(), 0);
  const swapping = async (operation = 'swap') =>
    swapHindrance({ store }, projection, await world.pointer(), { operation, to: 2 }, 0);
  /** Both slots, as owners would have left them. */
  const stand = async (generation: number, next: number, task: string | null = null) => {
    const slot = slotOf(generationOf(projection, generation), 0);
    const { checkpoint } = world.dumpOf(generation);
    const writes = noWrites();
    if (task !== null) writes.set.push(['refold', task]);
    const role = generation === 1 ? 'live' : 'aside';
    await store.commit(slot, checkpoint, `2|${next}|1|run@${generation}|${role}|0|-|c`, writes, []);
  };
  return { ...world, build, dropping, swapping, stand };
}

describe('what hinders a build', () => {
  it('is told: a process that lacks its views, live folding that lags, a head that is gone', async () => {
    const { build, dropping, stand, claim, log } = await open();
    expect(await build()).toContain('needs a build with the views run@2');
    for (let n = 0; n < 2_005; n++) claim('run.delta');
    await stand(1, 4);
    expect(await build()).toBe('it waits for live folding, which is 2001 offsets behind');
    expect(await dropping()).toBe('it waits for live folding, which is 2001 offsets behind');
    await stand(1, 5);
    expect(await dropping()).toBeNull();
    await stand(2, 2);
    expect(await build()).toBeNull();
    log.deleteHead('t', 0, 3);
    expect(await build()).toBe('the log begins at 3 now, and the generation stands at 2');
    log.range = () => Promise.reject(new Error('no leader'));
    expect(await build()).toBe('the log does not answer: no leader');
  });
});

describe('what hinders a swap', () => {
  it('is told: no slot, too much to fold, a task, another swap', async () => {
    const world = await open();
    const { stand, swap, swapping } = world;
    expect(await swapping()).toContain('no process has begun generation 2 here');
    await stand(1, 1_001);
    await stand(2, 0);
    expect(await swapping()).toBe('generation 2 is 1001 offsets behind');
    await stand(2, 1);
    expect(await swapping()).toBeNull();
    await stand(
      1,
      1_001,
      encodeTask({ operation: 'o', effect: 'replace', select: { kind: 'all', to: 1 } }),
    );
    expect(await swapping()).toBe('an operation folds streams of the partition again');
    await swap('first', 2);
    expect(await swapping()).toBe('it waits for the end of the swap first');
    expect(await swapping('first')).toBe('an operation folds streams of the partition again');
  });
});
