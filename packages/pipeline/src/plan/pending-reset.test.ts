import { describe, expect, it } from 'vitest';
import { taggedWith } from '../ports/group-offset.js';
import { noteOf, pendingIn } from './pending-reset.js';

const RESET = { operation: 'o-1', partition: 3, target: 17, checkpoint: 100 };

describe('the note of a reset', () => {
  it('is read from the group as it was written', () => {
    const metadata = taggedWith(noteOf(RESET));
    expect(metadata).toBe('refold/1 pending o-1 17 100');
    expect(pendingIn(3, { offset: 100, metadata })).toEqual(RESET);
  });

  it.each(['', 'refold/1', 'pending o-1 17 100', 'refold/2 pending o-1 17 100'])(
    'is not in %j',
    (metadata) => {
      expect(pendingIn(3, { offset: 100, metadata })).toBeNull();
    },
  );

  it.each(['pending o-1 17', 'pending o/1 17 100', 'pending o-1 -1 100', 'pending o-1 17 100 x'])(
    'is not what %j is',
    (note) => {
      expect(pendingIn(3, { offset: 100, metadata: taggedWith(note) })).toBeNull();
    },
  );
});
