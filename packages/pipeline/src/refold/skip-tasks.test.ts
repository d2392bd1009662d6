import { RULEBOOK } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import type { PartitionProjector } from '../project/partition-projector.js';
import { REFOLD } from '../slot/names.js';
import { encodeTask } from './refold-task.js';
import type { RefoldTask } from './refold-task.js';
import { POISON, TURNS, openSkips } from './skip-world.fixture.js';
import type { SkipWorld } from './skip-world.fixture.js';

const FIXED = { rulebook: RULEBOOK };

/** Streams of skips that are still open. */
const openIn = ({ dump }: SkipWorld): string[] =>
  Object.values(dump().hashes['skips'] ?? {}).flatMap((text) => {
    const [subject, , isOpen] = JSON.parse(text) as [string, number, 0 | 1];
    return isOpen === 1 ? [subject] : [];
  });

/** A task that an owner before this one has put into the slot. */
async function leave({ store, dump }: SkipWorld, task: RefoldTask): Promise<void> {
  const { checkpoint } = dump();
  const writes = { ...noWrites(), set: [[REFOLD, encodeTask(task)] as [string, string]] };
  await store.commit(SLOT, checkpoint, checkpoint ?? '', writes, []);
}

describe('an owner with open skips', () => {
  it('carries out one that it met only while a task of its stream came to its end', async () => {
    const world = await openSkips();
    world.claim('r', 'run.started');
    world.append({ subject: 'run/r', type: POISON, id: 'poison' });
    world.skip('r', 1, 'poison');
    const select = { kind: 'streams', subjects: ['run/r'], to: 3 } as const;
    await world.settle(world.owner());
    await leave(world, { operation: 'skips/2', effect: 'replace', select });
    world.loseCheckpoint();
    let isMet = false;
    const one: PartitionProjector = world.owner({
      timing: {
        ...TURNS,
        tick: async () => {
          await TURNS.tick();
          // The shadows were begun before live folding met the record again.
          if (isMet || one.refolds.progress()?.phase !== 'replacing') return;
          isMet = true;
          await world.foldAll(one);
          expect(openIn(world)).toEqual(['run/r']);
        },
      },
    });
    await one.position();
    while (one.refolds.isBusy) await TURNS.tick();
    await world.settle(one);
    expect(isMet).toBe(true);
    expect(openIn(world)).toEqual([]);
    expect(await world.events()).toEqual([0]);
  });

  it('carries out each by itself where one of several cannot be carried out', async () => {
    const world = await openSkips();
    const streams = ['a', 'b', 'c', 'd', 'e'];
    for (const id of streams) world.claim(id, 'run.started');
    world.append({ subject: 'run/b', type: POISON });
    for (const id of streams) world.append({ subject: `run/${id}`, type: 'run.delta', id });
    await world.settle(world.owner(FIXED));
    streams.forEach((id, n) => world.skip(id, 6 + n, id));
    const one = world.owner({ breaker: { streams: 1, share: 0 } });
    await world.settle(one);
    expect(openIn(world)).toEqual(['run/b']);
    expect(world.troubles.filter((what) => what.includes('would park'))).toHaveLength(2);
    await world.settle(one);
    expect(world.troubles).toHaveLength(2);
    await world.settle(world.owner(FIXED));
    expect(openIn(world)).toEqual([]);
    expect(world.held()).toEqual(await world.fresh(FIXED));
  });

  it('tries one again that was left open when its slot is another one', async () => {
    const world = await openSkips();
    world.claim('r', 'run.started');
    world.append({ subject: 'run/r', type: 'run.delta', id: 'delta' });
    world.append({ subject: 'run/r', type: POISON });
    await world.settle(world.owner(FIXED));
    const older = world.store.capture();
    world.skip('r', 1, 'delta');
    let isMended = false;
    const one = world.owner({
      breaker: {
        streams: 1,
        get share() {
          return isMended ? 1 : 0;
        },
      },
    });
    await world.settle(one);
    expect(openIn(world)).toEqual(['run/r']);
    isMended = true;
    await world.settle(one);
    expect(openIn(world)).toEqual(['run/r']);
    world.store.restore(older);
    await world.settle(one);
    expect(openIn(world)).toEqual([]);
  });
});
