import { describe, expect, it } from 'vitest';
import { SLOT } from '../project/one-partition.fixture.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';
import type { RefoldWorld } from './refold-world.fixture.js';

/**
 * A log that lost its offsets 0 to 3, with everything of `gone` and `later`, and the beginning of `half`; all of
 * `whole` is there. `later` gets an event behind the end of the tasks, at 8.
 */
async function withoutHead(): Promise<RefoldWorld> {
  const world = await openRefolds();
  for (const id of ['gone', 'later', 'half', 'gone']) {
    const type =
      id === 'gone' && world.log.records('t', 0).length > 0 ? 'run.delta' : 'run.started';
    world.append({ subject: `run/${id}`, type });
  }
  for (const id of ['half', 'half']) world.append({ subject: `run/${id}`, type: 'run.delta' });
  for (const type of ['run.started', 'run.delta']) world.append({ subject: 'run/whole', type });
  world.append({ subject: 'run/later', type: 'run.delta' });
  await world.foldAll(world.owner());
  world.log.deleteHead('t', 0, 4);
  return world;
}

const ALL = { kind: 'all', to: 8 } as const;

describe('where the log has lost its head', () => {
  it('comparing all streams finds no difference, and counts what cannot be folded again', async () => {
    const world = await withoutHead();
    const result = await world.refolded(world.owner(), taskOf('compare', ALL));
    expect(result).toMatchObject({ streams: 1, differing: 0, differences: [], unrebuildable: 3 });
    expect(result.aggregates).toBe('compared');
    expect([...result.unrebuildableStreams].sort()).toEqual(['run/gone', 'run/half', 'run/later']);
  });

  it('a difference is found all the same, and counters are mended with what is gone in them', async () => {
    const world = await withoutHead();
    const before = world.held();
    await world.damage({ count: [['events', 5]] });
    const result = await world.refolded(world.owner(), taskOf('repair', ALL));
    expect(result).toMatchObject({ outcome: 'done', differing: 1, drift: { count_mismatch: 1 } });
    expect(world.held()).toEqual(before);
  });

  it.each(['replace', 'repair'] as const)('nothing is lost by %s', async (effect) => {
    const world = await withoutHead();
    const before = world.held();
    const subjects = ['run/gone', 'run/half', 'run/later', 'run/whole'];
    for (const select of [ALL, { kind: 'streams', subjects, to: 8 } as const]) {
      const result = await world.refolded(world.owner(), taskOf(effect, select));
      expect(result).toMatchObject({ outcome: 'done', streams: 1, differing: 0 });
      expect(world.held()).toEqual(before);
    }
  });

  it('nothing is compared with counters when nothing at all can be folded again', async () => {
    const world = await openRefolds();
    for (const id of ['a', 'b']) world.append({ subject: `run/${id}` });
    await world.foldAll(world.owner());
    world.log.deleteHead('t', 0, 2);
    const result = await world.refolded(world.owner(), taskOf('compare', { kind: 'all', to: 2 }));
    expect(result).toMatchObject({ differing: 0, aggregates: 'not_compared' });
    expect(Object.keys(world.store.dump(SLOT).hashes['counters'] ?? {})).not.toEqual([]);
  });
});
