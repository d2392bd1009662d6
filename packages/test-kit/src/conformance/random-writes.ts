import { noWrites, type Writes } from '@refold/pipeline';

/** A source of numbers from 0 (inclusive) to `below` (exclusive), the same for the same seed. */
export type Random = (below: number) => number;

/** Mulberry32: small, and good enough to draw test data. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const LETTERS = ['a', 'B', '\0', '\n', 'é', '\uff5e', '😀', ''];

/**
 * A commit that a store must accept: few names and members, so that they meet again and again; each
 * name keeps one kind, told by its first letter.
 */
export function randomWrites(random: Random): Writes {
  const writes = noWrites();
  const text = () => `${LETTERS[random(LETTERS.length)]}${random(4)}`;
  const times = (most: number, act: () => void) => {
    for (let left = random(most + 1); left > 0; left--) act();
  };
  times(4, () => writes.set.push([`s${random(9)}`, text()]));
  times(6, () => writes.push.push([`l${random(9)}`, text()]));
  times(6, () => writes.putField.push([`h${random(3)}`, text(), text()]));
  times(4, () => writes.dropField.push([`h${random(3)}`, text()]));
  times(6, () => writes.rank.push([`i${random(3)}`, text(), random(7) - 3]));
  times(4, () => writes.unrank.push([`i${random(3)}`, text()]));
  times(6, () => writes.count.push([text(), random(7) - 3]));
  times(2, () => writes.remove.push(`${'slhi'[random(4)]}${random(9)}`));
  return writes;
}
