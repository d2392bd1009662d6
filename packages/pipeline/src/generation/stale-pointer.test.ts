import type { VerdictNotice } from '@refold/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../ports/event-log.js';
import type { PartitionProjector } from '../project/partition-projector.js';
import { openGenerations } from './two-generations.fixture.js';

const ticks = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

const owners: PartitionProjector[] = [];

afterEach(() => {
  for (const owner of owners.splice(0)) owner.revoke();
});

/**
 * A second generation is built, and a member that was given the partition has read the pointer, but not the
 * slots: its log does not answer. It does not know yet that the partition went to the other one.
 */
async function openLate() {
  const world = await openGenerations();
  const told = new Map<number, number>();
  await world.store.listen('refold:reply:door', {
    message: (text) => {
      for (const { offset } of JSON.parse(text) as VerdictNotice[]) {
        told.set(offset, (told.get(offset) ?? 0) + 1);
      }
    },
    resumed: () => undefined,
  });
  world.claim('run.started');
  for (let n = 0; n < 5; n++) world.claim('run.delta');
  await world.foldAll(world.projector());
  await world.create();
  const builder = world.owner();
  await world.foldAll(builder);
  await world.until(() => world.checkpointOf(2)?.next === 6);
  builder.revoke();
  let isAway = true;
  const log = Object.assign(Object.create(world.log) as EventLog, {
    range: (...args: Parameters<EventLog['range']>) =>
      isAway ? Promise.reject(new Error('away')) : world.log.range(...args),
  });
  // For it no time passes: what it does next it does by what it has read.
  const timing = {
    now: () => 0,
    sleep: () => ticks(1),
    after: () => () => undefined,
    tick: () => ticks(1),
  };
  const late = world.owner({ log, timing });
  owners.push(late);
  const taken = late.position().catch(() => undefined);
  await ticks(20);
  const owner = () => {
    const one = world.owner();
    owners.push(one);
    return one;
  };
  /** Its log answers again. */
  const arrive = async () => {
    isAway = false;
    await Promise.race([taken, ticks(100)]);
  };
  return { ...world, told, late, owner, arrive };
}

describe('an owner that has read the pointer before a swap', () => {
  it('does not lift the seal of that swap: what it folds and tells then would be told again', async () => {
    const world = await openLate();
    const held: (() => void)[] = [];
    const commit = world.store.commit.bind(world.store);
    const owner = world.owner();
    await world.foldAll(owner);
    await world.swap('swap', 2);
    world.store.commit = async (slot, ...rest) => {
      if (slot.generation === 0) await new Promise<void>((resolve) => held.push(resolve));
      return commit(slot, ...rest);
    };
    // Both are sealed, and the change of the pointer is on its way.
    await world.until(() => held.length > 0);
    expect(world.roles()).toEqual(['sealed', 'sealed']);
    await world.arrive();
    expect(world.roles()).toEqual(['sealed', 'sealed']);
    world.claim('my.event');
    const folding = world.late.handle(await world.read(6)).catch(() => undefined);
    await ticks(50);
    for (const release of held) release();
    world.store.commit = commit;
    await world.until(async () => (await world.pointer()).done.has('swap'));
    await world.foldAll(owner);
    await world.until(() => world.roles().join() === 'aside,live');
    world.late.revoke();
    await folding;
    expect(await world.live()).toBe(2);
    expect(Math.max(...world.told.values())).toBe(1);
    expect(world.checkpointOf(2)?.next).toBe(7);
  });

  it('does not make the slot live again that was retired by it', async () => {
    const world = await openLate();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.swap('swap', 2);
    await world.until(() => world.roles().join() === 'aside,live');
    const written: string[] = [];
    const { store } = world;
    const commit = store.commit.bind(store);
    store.commit = async (slot, expected, next, ...rest) => {
      written.push(`${slot.generation} ${next.split('|')[4]}`);
      return commit(slot, expected, next, ...rest);
    };
    await world.arrive();
    expect(world.roles()).toEqual(['aside', 'live']);
    expect(written).not.toContain('1 live');
    expect(written).not.toContain('2 aside');
  });
});
