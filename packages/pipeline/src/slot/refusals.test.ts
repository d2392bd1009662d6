import { describe, expect, it, vi } from 'vitest';
import {
  LAPSE_MS,
  REFUSALS_MAX,
  RefusalLog,
  decodeRefusal,
  earliestOf,
  encodeRefusal,
} from './refusals.js';
import type { Beginning, Refusal } from './refusals.js';

const refusal = (offset: number, time = 0): Refusal => ({
  offset,
  time,
  code: 'not_found',
  detail: {},
  content: `content-${offset}`,
  subject: `run/${offset % 2}`,
});

const stored = (...refusals: [string, Refusal][]) =>
  RefusalLog.load(new Map(refusals.map(([identity, r]) => [identity, encodeRefusal(r)])));

describe('RefusalLog', () => {
  it('survives its text', () => {
    const one: Refusal = { ...refusal(3), code: 'sequence_conflict', detail: { actual_seq: 2 } };
    expect(decodeRefusal(encodeRefusal(one))).toEqual(one);
    const carrier = { ...one, begins: { offset: 1, time: 2 } };
    expect(decodeRefusal(encodeRefusal(carrier))).toEqual(carrier);
  });

  it('says where to begin so that copies meet again what they met, though that stands no more', () => {
    const own = { offset: 9, time: LAPSE_MS + 3 };
    const of = (offset: number, time: number) => ({ ...refusal(offset, time), subject: 'run/r' });
    const log = stored(['a', of(1, 0)], ['b', of(2, 4)], ['c', of(4, 5)]);
    expect(log.beginning('run/r', own)).toEqual({ offset: 2, time: 4 });
    expect(log.meet('a', 5, 3)).toEqual(['b', { ...of(2, 4), begins: { offset: 1, time: 0 } }]);
    expect(log.beginning('run/r', own)).toEqual({ offset: 1, time: 0 });
    expect(log.meet('b', 6, 5)?.[1]).toMatchObject({ offset: 4, begins: { offset: 1, time: 0 } });
    expect(log.meet('b', 6, 6)).toBeNull();
    expect(log.meet('c', 6, 7)).toBeNull();
    expect(log.meet('d', 6, 7)).toBeNull();
    log.prune(LAPSE_MS + 4);
    expect(log.beginning('run/r', own)).toEqual({ offset: 1, time: 0 });
    expect(log.beginning('run/other', own)).toEqual(own);
  });

  it('asks where a stream begins behind old refusals, where it does not know how many came between', () => {
    const old = (offset: number) => ({ ...refusal(offset), subject: 'run/r' });
    const met: number[] = [];
    const choose = vi.fn((_subject: string, possible: readonly Beginning[]) =>
      earliestOf(possible),
    );
    const log = new RefusalLog({ met: ({ offset }) => void met.push(offset), choose });
    for (const offset of [1, 2, 9]) log.add(`i${offset}`, old(offset));
    const own = { offset: REFUSALS_MAX + 5, time: 0 };
    expect(log.beginning('run/r', own)).toEqual({ offset: 1, time: 0 });
    const offsets = choose.mock.calls[0]?.[1].map(({ offset }) => offset);
    expect([offsets, met]).toEqual([[9, 2, 1], []]);
    expect(log.beginning('run/r', { ...own, offset: 20 })).toEqual({ offset: 1, time: 0 });
    expect(choose).toHaveBeenCalledOnce();
    log.find('i2', 0, own.offset);
    log.find('i9', 0, own.offset);
    expect(met).toEqual([2]);
  });

  it('knows what stands of a stream, and what format 1 left without one', () => {
    const log = stored(['a', refusal(1, 0)], ['b', refusal(2, 5)], ['c', refusal(3, 9)]);
    const offsets = (subject: string | null, time: number, offset: number) =>
      [...log.standing(subject, time, offset).values()].map((found) => found.offset);
    expect(offsets('run/1', 9, 9)).toEqual([1, 3]);
    expect(offsets('run/1', 9, 3)).toEqual([1]);
    expect(offsets('run/1', LAPSE_MS, 9)).toEqual([3]);
    expect(offsets('run/2', 9, 9)).toEqual([]);
    log.add('a', { ...refusal(4, 9), subject: 'run/1' });
    expect(offsets('run/1', 9, 9)).toEqual([3, 4]);
    log.prune(LAPSE_MS + 9);
    expect(offsets('run/1', 9, 9)).toEqual([]);
    const old = RefusalLog.load(new Map([['a', '[7,0,"not_found","c",{}]']]));
    expect(old.standing(null, 0, 9).get('a')).toMatchObject({ offset: 7, subject: null });
  });

  it('finds a refusal until it lapses, for claims behind it only', () => {
    const log = stored(['a', refusal(5, 1000)]);
    expect(log.find('a', 1000 + LAPSE_MS - 1, 6)).toMatchObject({ offset: 5 });
    expect(log.find('a', 1000 + LAPSE_MS, 6)).toBeNull();
    expect(log.find('a', 1000, 5)).toBeNull();
    expect(log.find('a', 1000, 4)).toBeNull();
    expect(log.find('b', 1000, 6)).toBeNull();
  });

  it('says the same whether lapsed refusals were pruned before or not', () => {
    const [lazy, tidy] = [stored(['a', refusal(1, 0)]), stored(['a', refusal(1, 0)])];
    expect(tidy.prune(LAPSE_MS)).toEqual(['a']);
    expect(lazy.find('a', LAPSE_MS, 9)).toEqual(tidy.find('a', LAPSE_MS, 9));
  });

  it('prunes the oldest first and stops at the first that still stands', () => {
    const log = stored(['b', refusal(2, 100)], ['a', refusal(1, 0)], ['c', refusal(3, 100)]);
    expect(log.prune(LAPSE_MS - 1)).toEqual([]);
    expect(log.prune(LAPSE_MS)).toEqual(['a']);
    expect(log.prune(LAPSE_MS + 100)).toEqual(['b', 'c']);
    expect(log.prune(LAPSE_MS + 100)).toEqual([]);
  });

  it('is bounded: the oldest makes room, and one that came again is young', () => {
    const log = new RefusalLog();
    for (let n = 0; n < REFUSALS_MAX; n++) expect(log.add(`i${n}`, refusal(n))).toBeNull();
    expect(log.add('i0', refusal(REFUSALS_MAX))).toBeNull();
    expect(log.add('new', refusal(REFUSALS_MAX + 1))).toBe('i1');
    expect(log.find('i0', 0, REFUSALS_MAX + 2)).toMatchObject({ offset: REFUSALS_MAX });
    expect(log.find('i1', 0, REFUSALS_MAX + 2)).toBeNull();
  });
});
