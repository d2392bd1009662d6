import { createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import type { Projection } from '../projection.js';
import {
  GENERATIONS_MAX,
  beginSwap,
  changePointer,
  createGeneration,
  dropGeneration,
  giveUpSwap,
  swapped,
} from './change-pointer.js';
import type { PointerPorts } from './change-pointer.js';
import { asideGenerations, liveGeneration, pointerSlot } from './pointer.js';
import { PointerUnreadable, encodeFence, readPointer } from './stored-pointer.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 3,
  generation: 1,
};

function open() {
  const store = createMemoryViewStore();
  let ids = 0;
  const ports: PointerPorts = { store, commitId: () => `c${ids++}` };
  const create = (operation: string) =>
    createGeneration(ports, PROJECTION, { operation, views: 'run@2', share: 0.5 });
  const swap = (operation: string, to: number, partitions = [0, 1, 2]) =>
    beginSwap(ports, PROJECTION, { operation, to, partitions });
  /** What owners do once all partitions are sealed. */
  const flip = () =>
    changePointer(ports, PROJECTION, (pointer) =>
      pointer.swap === null
        ? { answer: null }
        : { to: swapped(pointer, pointer.swap, PROJECTION.partitions), answer: null },
    );
  const drop = (operation: string, generation: number) =>
    dropGeneration(ports, PROJECTION, { operation, generation });
  const read = () => readPointer(store, PROJECTION);
  const lives = async () => {
    const pointer = await read();
    return [0, 1, 2].map((partition) => liveGeneration(pointer, partition));
  };
  const states = async () =>
    Object.fromEntries([...(await read()).generations].map(([n, { state }]) => [n, state]));
  return { store, ports, create, swap, flip, drop, read, lives, states };
}

describe('the pointer of a projection', () => {
  it('names the first generation where nothing was ever changed', async () => {
    const { lives, states, read } = open();
    expect(await lives()).toEqual([1, 1, 1]);
    expect(await states()).toEqual({ 1: 'live' });
    expect((await read()).text).toBeNull();
  });

  it('gives each generation a number of its own, also after others were dropped', async () => {
    const { create, drop, states, ports } = open();
    expect(await create('a')).toEqual({ kind: 'created', generation: 2 });
    expect(await drop('b', 2)).toEqual({ kind: 'dropped', generation: 2 });
    await changePointer(ports, PROJECTION, (pointer) => {
      const generations = new Map([...pointer.generations].filter(([n]) => n !== 2));
      return { to: { ...pointer, generations }, answer: null };
    });
    expect(await states()).toEqual({ 1: 'live' });
    expect(await create('c')).toEqual({ kind: 'created', generation: 3 });
  });

  it('changes for every partition of a swap in one step, and back', async () => {
    const { create, swap, flip, lives, states, read } = open();
    await create('a');
    const begun = { operation: 'b', to: 2, partitions: [0, 2] };
    expect(await swap('b', 2, [0, 2])).toEqual({ kind: 'begun', swap: begun });
    expect(await lives()).toEqual([1, 1, 1]);
    await flip();
    expect(await lives()).toEqual([2, 1, 2]);
    expect(await states()).toEqual({ 1: 'live', 2: 'live' });
    await swap('c', 2, [1]);
    await flip();
    expect(await states()).toEqual({ 1: 'retired', 2: 'live' });
    expect(asideGenerations(await read(), 0)).toEqual([1]);
    await swap('d', 1);
    await flip();
    expect(await lives()).toEqual([1, 1, 1]);
    expect(await states()).toEqual({ 1: 'live', 2: 'retired' });
    const from = { 0: 2, 1: 2, 2: 2 };
    expect((await read()).done.get('d')).toEqual({ kind: 'swapped', to: 1, from });
  });

  it('keeps what was live before the last swap of each partition, and whether that went back', async () => {
    const { ports, create, swap, flip, read } = open();
    await create('a');
    await swap('b', 2, [0, 2]);
    await flip();
    await beginSwap(ports, PROJECTION, { operation: 'c', to: 1, partitions: [2], isBack: true });
    await flip();
    expect([...(await read()).before]).toEqual([
      [0, { generation: 1, swap: 1, isBack: false }],
      [2, { generation: 2, swap: 2, isBack: true }],
    ]);
  });

  it('answers an operation that was done with what came of it', async () => {
    const { create, swap, flip, drop, states } = open();
    expect(await create('a')).toEqual(await create('a'));
    expect(await swap('b', 2)).toEqual(await swap('b', 2));
    await flip();
    expect(await swap('b', 2)).toMatchObject({ kind: 'swapped', to: 2 });
    await drop('c', 1);
    expect(await drop('c', 1)).toEqual({ kind: 'dropped', generation: 1 });
    expect(await states()).toEqual({ 1: 'dropping', 2: 'live' });
  });

  it('refuses what cannot be, and says why', async () => {
    const { create, swap, flip, drop } = open();
    const refused = (code: string) => ({ kind: 'refused', code });
    expect(await swap('a', 2)).toEqual(refused('unknown_generation'));
    expect(await swap('a', 1)).toEqual(refused('already_live'));
    expect(await drop('a', 1)).toEqual(refused('generation_live'));
    for (let n = 2; n <= GENERATIONS_MAX; n++) await create(`create-${n}`);
    expect(await create('b')).toEqual(refused('too_many_generations'));
    await swap('c', 2, [1]);
    expect(await swap('d', 3, [0])).toEqual({ ...refused('swap_in_progress'), by: 'c' });
    expect(await drop('d', 2)).toEqual({ ...refused('swap_in_progress'), by: 'c' });
    await flip();
    expect(await drop('d', 2)).toEqual(refused('generation_live'));
    await drop('e', 3);
    expect(await swap('f', 3)).toEqual(refused('generation_dropped'));
  });

  it('keeps a swap that was faster than giving it up, and the other way round', async () => {
    const { create, swap, flip, lives, ports } = open();
    await create('a');
    await swap('b', 2);
    const why = { kind: 'given_up', reason: 'late' };
    expect(await giveUpSwap(ports, PROJECTION, 'b', 'late')).toEqual(why);
    await flip();
    expect(await lives()).toEqual([1, 1, 1]);
    expect(await swap('b', 2)).toEqual(why);
    await swap('c', 2);
    await flip();
    expect(await giveUpSwap(ports, PROJECTION, 'c', 'late')).toMatchObject({ kind: 'swapped' });
    expect(await lives()).toEqual([2, 2, 2]);
    expect(await giveUpSwap(ports, PROJECTION, 'unheard', 'late')).toBeNull();
  });

  it('is changed by one of two that change it at once, and by the other after that', async () => {
    const { create, states } = open();
    const both = await Promise.all([create('a'), create('b')]);
    expect(both.map((one) => ('generation' in one ? one.generation : one)).sort()).toEqual([2, 3]);
    expect(await states()).toEqual({ 1: 'live', 2: 'building', 3: 'building' });
  });

  it('tells its own change from another one when the answer was lost', async () => {
    const { store, states } = open();
    let ids = 0;
    const deaf: PointerPorts = {
      commitId: () => `d${ids++}`,
      store: {
        ...bound(store),
        async commit(...args) {
          await store.commit(...args);
          return store.commit(...args);
        },
      },
    };
    const request = { operation: 'a', views: 'run@2', share: 1 };
    const created = await createGeneration(deaf, PROJECTION, request);
    expect(created).toEqual({ kind: 'created', generation: 2 });
    expect(await states()).toEqual({ 1: 'live', 2: 'building' });
  });

  it('forgets the oldest results, and no others', async () => {
    const { create, drop, read, ports } = open();
    for (let n = 0; n < 40; n++) {
      const made = await create(`create-${n}`);
      if ('generation' in made) await drop(`drop-${n}`, made.generation);
      await changePointer(ports, PROJECTION, (pointer) => {
        const generations = [...pointer.generations].filter(([, one]) => one.state !== 'dropping');
        return { to: { ...pointer, generations: new Map(generations) }, answer: null };
      });
    }
    const done = [...(await read()).done.keys()];
    expect(done).toHaveLength(64);
    expect(done[0]).toBe('create-8');
    expect(done.at(-1)).toBe('drop-39');
  });

  it('is not read in a format that this build does not know', async () => {
    const { store, read } = open();
    const fence = encodeFence('c').replace('|1|', '|2|');
    await store.commit(pointerSlot(PROJECTION), null, fence, noWrites(), []);
    await expect(read()).rejects.toThrow(PointerUnreadable);
  });
});
