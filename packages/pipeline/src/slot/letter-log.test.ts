import { describe, expect, it } from 'vitest';
import { DEAD_LETTERS_MAX, LetterLog } from './letter-log.js';

const MIB = 1_048_576;

describe('LetterLog', () => {
  it('is bounded: the oldest makes room, and one that came again is young', () => {
    const log = new LetterLog();
    for (let offset = 0; offset < DEAD_LETTERS_MAX; offset++) expect(log.add(offset)).toBeNull();
    expect(log.add(0)).toBeNull();
    expect(log.add(DEAD_LETTERS_MAX)).toBe(1);
    expect(log.add(DEAD_LETTERS_MAX + 1)).toBe(2);
  });

  it('is loaded in log order, whatever the order of the store', () => {
    const places = Array.from({ length: DEAD_LETTERS_MAX }, (_, at) => String(at + 9)).reverse();
    const log = LetterLog.load(places, new Map());
    expect(log.add(100_000)).toBe(9);
    expect(log.add(100_001)).toBe(10);
  });

  it('has room for a bounded number of bytes that wait', () => {
    const log = LetterLog.load(['0'], new Map([['0', 'ä'.repeat(MIB)]]));
    expect(log.hasRoomFor(14 * MIB)).toBe(true);
    expect(log.hasRoomFor(14 * MIB + 1)).toBe(false);
    log.pend(1, 14 * MIB);
    expect(log.hasRoomFor(1)).toBe(false);
    expect(log.release(0)).toBe(true);
    expect(log.release(0)).toBe(false);
    expect(log.hasRoomFor(2 * MIB)).toBe(true);
    log.pend(1, MIB);
    expect(log.hasRoomFor(15 * MIB)).toBe(true);
  });
});
