import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import { LetterLog } from '../slot/letter-log.js';
import { handTiming, settled } from '../timing.fixture.js';
import { LetterOutbox } from './letter-outbox.js';
import type { LetterOutcome } from './letter-outbox.js';

const letterAt = (offset: number, value = 'v'): DeadLetter => ({
  topic: 't',
  partition: 0,
  offset,
  reason: 'not ours',
  key: null,
  value,
  timestamp: 1,
});

const lettersOf = (count: number): DeadLetter[] =>
  Array.from({ length: count }, (_, offset) => letterAt(offset));

const MIRRORED: LetterOutcome = { kind: 'mirrored' };

/** An outbox, the batches it sent and the trouble it had. */
function open(
  pending: readonly DeadLetter[],
  outcomeOf: (offset: number) => LetterOutcome | Error = () => MIRRORED,
) {
  const { timing, advance } = handTiming();
  const batches: number[][] = [];
  const troubles: string[] = [];
  const outbox = new LetterOutbox(
    {
      timing,
      mirror: async (letters) => {
        batches.push(letters.map(({ offset }) => offset));
        return letters.map(({ offset }) => {
          const outcome = outcomeOf(offset);
          if (outcome instanceof Error) throw outcome;
          return outcome;
        });
      },
      trouble: (what) => troubles.push(what),
    },
    pending,
  );
  const log = new LetterLog();
  for (const { offset } of pending) log.pend(offset, 1);
  const cleared = () => {
    const writes = noWrites();
    outbox.clearMirrored(writes, log);
    return writes.dropField.map(([, field]) => Number(field));
  };
  return { outbox, batches, troubles, advance, cleared };
}

describe('LetterOutbox', () => {
  it('goes on by itself until nothing waits, one bounded batch after the other', async () => {
    const { outbox, batches, cleared } = open(lettersOf(250));
    outbox.start();
    outbox.start();
    await settled();
    expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(cleared()).toHaveLength(250);
    expect(outbox.hasMirrored).toBe(false);
  });

  it('bounds a batch by the length of its values, and takes one letter at least', async () => {
    const large = 'x'.repeat(600_000);
    const huge = 'x'.repeat(1_100_000);
    const { outbox, batches } = open([letterAt(0, large), letterAt(1, large), letterAt(2, huge)]);
    outbox.start();
    await settled();
    expect(batches).toEqual([[0], [1], [2]]);
  });

  it('lets go of each letter that was taken or refused, and keeps one in trouble alone', async () => {
    let isAway = true;
    const { outbox, batches, troubles, advance, cleared } = open(lettersOf(3), (offset) => {
      if (offset === 0) return { kind: 'refused' };
      return offset === 1 && isAway ? { kind: 'trouble', message: 'no leader' } : MIRRORED;
    });
    outbox.start();
    await settled();
    expect(cleared()).toEqual([0, 2]);
    expect(troubles).toEqual(['dead letters not mirrored: 1 of 3: no leader']);
    outbox.start();
    await settled();
    expect(batches).toEqual([[0, 1, 2]]);
    isAway = false;
    await advance(5_000);
    outbox.start();
    await settled();
    expect(batches).toEqual([[0, 1, 2], [1]]);
    expect(cleared()).toEqual([1]);
  });

  it('keeps all of a batch whose mirror rejects', async () => {
    const { outbox, troubles, cleared } = open(lettersOf(2), () => new Error('away'));
    outbox.start();
    await settled();
    expect(cleared()).toEqual([]);
    expect(troubles).toEqual(['dead letters not mirrored: away']);
  });

  it('begins no batch once it is stopped', async () => {
    const { outbox, batches } = open(lettersOf(250), (offset) => {
      if (offset === 50) outbox.stop();
      return MIRRORED;
    });
    outbox.start();
    await settled();
    expect(batches).toHaveLength(1);
  });

  it('forgets letters that made room, and says which of them were never mirrored', async () => {
    const { outbox, batches, troubles } = open(lettersOf(3));
    outbox.forget([0, 1, 9]);
    outbox.start();
    await settled();
    expect(batches).toEqual([[2]]);
    outbox.forget([2]);
    expect(troubles).toEqual([expect.stringContaining('2 dead letters from 0 to 1 made room')]);
  });

  it('clears a bounded number of letters with one commit', async () => {
    const { outbox, cleared } = open(lettersOf(1_500));
    outbox.start();
    await settled();
    expect([cleared().length, cleared().length, cleared().length]).toEqual([1_000, 500, 0]);
  });
});
