import type { CommitOutcome, Slot, ViewStore } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { freshSlot, writesOf, type Subject } from './view-store-harness.js';

/** What a race left behind. In a store that fences, every member but `rounds` follows from it. */
export interface RaceResult {
  rounds: number;
  /** Rounds that not exactly one writer won, or whose loser was not told the winner's checkpoint. */
  unfair: number;
  /** Effects that were applied: the counter, and the entries of the list. */
  counted: number;
  listed: number;
}

/**
 * Several writers that all believe to own the slot commit on top of the same checkpoint, round after
 * round, as zombies do. Exactly one must win each round.
 */
export async function writersRace(
  writers: readonly ViewStore[],
  slot: Slot,
  rounds: number,
): Promise<RaceResult> {
  let expected: string | null = null;
  let unfair = 0;
  for (let round = 0; round < rounds; round++) {
    const base: string | null = expected;
    const outcomes: CommitOutcome[] = await Promise.all(
      writers.map((writer, at) => {
        const next = `round ${round} writer ${at}`;
        const writes = writesOf({ push: [['winners', next]], count: [['wins', 1]] });
        return writer.commit(slot, base, next, writes, []);
      }),
    );
    const won: number = outcomes.findIndex(({ outcome }) => outcome === 'committed');
    expected = `round ${round} writer ${won}`;
    const fair = outcomes.every((one, at) =>
      at === won
        ? one.outcome === 'committed'
        : one.outcome === 'stale' && one.current === expected,
    );
    if (!fair) unfair += 1;
  }
  const reader = writers[0];
  if (reader === undefined) throw new Error('a race needs writers');
  const { results } = await reader.read(slot, [
    { kind: 'field', name: 'counters', field: 'wins' },
    { kind: 'list', name: 'winners' },
  ]);
  return { rounds, unfair, counted: Number(results[0]), listed: results[1].length };
}

/** A store whose fence does not work: it takes whatever checkpoint stands there. */
export const withoutFence = (store: ViewStore): Pick<ViewStore, 'commit' | 'read'> => ({
  read: (slot, reads) => store.read(slot, reads),
  commit: async (slot, _expected, next, writes, notices) => {
    for (;;) {
      const { checkpoint } = await store.read(slot, []);
      const outcome = await store.commit(slot, checkpoint, next, writes, notices);
      if (outcome.outcome === 'committed') return outcome;
    }
  },
});

/** Two owners of one slot, and proof that the test would notice if both could win. */
export function raceSection(subject: Subject): void {
  describe('race', () => {
    it('of two writers exactly one wins each round', async () => {
      const { store, peer } = subject();
      const rounds = 100;
      expect(await writersRace([store, peer], freshSlot(), rounds)).toEqual({
        rounds,
        unfair: 0,
        counted: rounds,
        listed: rounds,
      });
    });

    it('of eight writers exactly one wins each round', async () => {
      const { store, peer } = subject();
      const rounds = 25;
      const writers = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? store : peer));
      expect(await writersRace(writers, freshSlot(), rounds)).toEqual({
        rounds,
        unfair: 0,
        counted: rounds,
        listed: rounds,
      });
    });

    it('is noticed as lost where the fence ignores what was expected', async () => {
      const { store, peer } = subject();
      const broken = [store, peer].map((one) => withoutFence(one) as ViewStore);
      const result = await writersRace(broken, freshSlot(), 5);
      expect(result).toEqual({ rounds: 5, unfair: 5, counted: 10, listed: 10 });
    });
  });
}
