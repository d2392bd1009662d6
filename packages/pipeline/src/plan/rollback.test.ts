import { describe, expect, it } from 'vitest';
import { swapped } from '../generation/change-pointer.js';
import type { Generation, Pointer } from '../generation/pointer.js';
import { rollbackOf } from './rollback.js';

const ALL = [0, 1, 2, 3];

/** Four partitions and generations 1 to 3, of which the first is live. */
const BEGINNING: Pointer = {
  ...{ text: 'x', first: 1, last: 3, swap: null },
  ...{ live: new Map(), before: new Map(), done: new Map() },
  generations: new Map(
    [1, 2, 3].map((number): [number, Generation] => [
      number,
      { views: 'run@1', state: number === 1 ? 'live' : 'building', share: 1, operation: null },
    ]),
  ),
};

/** The pointer behind swaps to these generations; one with `back` takes another one back. */
function after(...swaps: [to: number, partitions: number[], isBack?: 'back'][]): Pointer {
  return swaps.reduce(
    (pointer, [to, partitions, isBack], at) =>
      swapped(
        pointer,
        { operation: `o${at}`, to, partitions, ...(isBack === 'back' ? { isBack: true } : {}) },
        ALL.length,
      ),
    BEGINNING,
  );
}

const reason = (found: ReturnType<typeof rollbackOf>) => ('reason' in found ? found.reason : found);

describe('a rollback', () => {
  it('takes back the last swap, of whichever partitions it was', () => {
    expect(rollbackOf(after([2, ALL]), null)).toEqual({ from: 2, to: 1, partitions: ALL });
    expect(rollbackOf(after([2, [3]]), null)).toEqual({ from: 2, to: 1, partitions: [3] });
    const third = after([2, ALL], [3, [1]]);
    expect(rollbackOf(third, null)).toEqual({ from: 3, to: 2, partitions: [1] });
    expect(rollbackOf(third, [0, 2])).toEqual({ from: 2, to: 1, partitions: [0, 2] });
  });

  it('takes back a generation that became live in steps as a whole', () => {
    const steps = ALL.map((partition): [number, number[]] => [2, [partition]]);
    expect(rollbackOf(after(...steps), null)).toEqual({ from: 2, to: 1, partitions: ALL });
    // More steps than results of operations are kept.
    const many = Array.from({ length: 40 }, (): [number, number[]][] => [
      [3, [0]],
      [2, [0]],
    ]).flat();
    const found = rollbackOf(after([2, [1, 2, 3]], ...many), [1, 2, 3]);
    expect(found).toEqual({ from: 2, to: 1, partitions: [1, 2, 3] });
  });

  it('is not taken back by another one', () => {
    const back = after([2, ALL], [1, ALL, 'back']);
    const refused = { reason: 'rolled_back', partition: 0, from: 2, to: 1 };
    expect(rollbackOf(back, null)).toEqual(refused);
    expect(rollbackOf(back, [2, 3])).toEqual({ ...refused, partition: 2 });
    const some = after([2, ALL], [1, [2], 'back']);
    expect(reason(rollbackOf(some, null))).toBe('rolled_back');
    expect(reason(rollbackOf(some, ALL))).toBe('rolled_back');
    expect(rollbackOf(some, [0, 1, 3])).toEqual({ from: 2, to: 1, partitions: [0, 1, 3] });
    // Whoever goes forth again, by its number, may go back again.
    const forth = after([2, ALL], [1, ALL, 'back'], [2, ALL]);
    expect(rollbackOf(forth, null)).toEqual({ from: 2, to: 1, partitions: ALL });
  });

  it('is refused where nothing was swapped, where it is gone, and where it is not one', () => {
    expect(reason(rollbackOf(BEGINNING, null))).toBe('nothing_to_roll_back');
    expect(reason(rollbackOf(after([2, [0]]), [0, 1]))).toBe('nothing_to_roll_back');
    const gone = after([2, ALL]);
    const generations = new Map([...gone.generations].filter(([number]) => number !== 1));
    expect(reason(rollbackOf({ ...gone, generations }, null))).toBe('nothing_to_roll_back');
    const mixed = after([2, [0]], [3, ALL]);
    expect(reason(rollbackOf(mixed, null))).toBe('several_generations');
    expect(rollbackOf(mixed, [0])).toEqual({ from: 3, to: 2, partitions: [0] });
  });
});
