import { describe, expect, it } from 'vitest';
import { CheckpointUnreadable, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import type { Checkpoint } from './checkpoint.js';

const CHECKPOINT: Checkpoint = {
  format: 3,
  next: 42,
  decider: 1,
  views: 'run@1,worker@2',
  role: 'live',
  time: 1_700_000_000_000,
  last: { offset: 40, timestamp: 1_700_000_000_001, digest: '00112233aabbccdd', leaderEpoch: 3 },
  commitId: 'c-1',
};

describe('a checkpoint', () => {
  it('survives its text, with and without a last record', () => {
    const sealed = { ...CHECKPOINT, last: null, role: 'sealed' as const };
    for (const checkpoint of [CHECKPOINT, sealed, { ...CHECKPOINT, format: 4 as const }]) {
      expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint);
    }
  });

  it.each(['1', '2'])('of format %s is read as it is', (format) => {
    const text = encodeCheckpoint(CHECKPOINT).replace(/^3/, format);
    expect(decodeCheckpoint(text)).toEqual(CHECKPOINT);
  });

  it('differs in its text by every member, the commit ID included', () => {
    const changes: Partial<Checkpoint>[] = [
      { format: 4 },
      { next: 43 },
      { decider: 2 },
      { views: 'run@2' },
      { role: 'aside' },
      { time: 0 },
      { last: null },
      { commitId: 'c-2' },
    ];
    const texts = changes.map((change) => encodeCheckpoint({ ...CHECKPOINT, ...change }));
    expect(new Set([encodeCheckpoint(CHECKPOINT), ...texts]).size).toBe(changes.length + 1);
  });

  const text = encodeCheckpoint(CHECKPOINT);

  it.each([
    ['nothing', ''],
    ['a newer format', text.replace(/^3/, '5')],
    ['a member too many', `${text}|x`],
    ['a member too few', text.replace(/\|[^|]*$/, '')],
    ['no commit ID', text.replace('c-1', '')],
    ['an unknown role', text.replace('live', 'dead')],
    ['an offset that is no integer', text.replace('|42|', '|4.2|')],
    ['an offset beyond 2^53', text.replace('|42|', '|9007199254740993|')],
    ['an empty offset', text.replace('|42|', '||')],
    ['an unreadable last record', text.replace(':00112233aabbccdd:3', '')],
  ])('is refused with %s', (_, wrong) => {
    expect(() => decodeCheckpoint(wrong)).toThrow(CheckpointUnreadable);
  });
});
