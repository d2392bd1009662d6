import { describe, expect, it } from 'vitest';
import {
  contradictionOf,
  deciderAt,
  decodeHistory,
  encodeHistory,
  historyAfter,
} from './rules-history.js';
import type { RulesHistory } from './rules-history.js';

const HISTORY: RulesHistory = [
  [5, 2],
  [9, 4],
];

describe('the history of the rules', () => {
  it('says which version holds at an offset', () => {
    expect([0, 4, 5, 8, 9, 100].map((offset) => deciderAt(HISTORY, offset))).toEqual([
      1, 1, 2, 2, 4, 4,
    ]);
    expect(deciderAt([], 7)).toBe(1);
  });

  it('is read back as it was written, and by nothing else', () => {
    expect(decodeHistory(encodeHistory(HISTORY))).toEqual(HISTORY);
    for (const text of ['{}', '[[5]]', '[[5,1]]', '[[5,2],[5,3]]', '[["5",2]]']) {
      expect(() => decodeHistory(text), text).toThrow(
        `history of the rules is unreadable: ${text}`,
      );
    }
  });

  it('grows by a newer version, and not by the one in force', () => {
    const change = { offset: 12, history: HISTORY };
    expect(historyAfter(HISTORY, { ...change, decider: 5 })).toEqual([...HISTORY, [12, 5]]);
    expect(historyAfter(HISTORY, { ...change, decider: 4 })).toBe(HISTORY);
    expect(historyAfter([], { offset: 0, history: [], decider: 1 })).toEqual([]);
  });

  it.each([
    ['restates it', 12, 5, HISTORY, null],
    ['restates it, with the version in force', 12, 4, HISTORY, null],
    [
      'leaves a change out',
      12,
      5,
      [[9, 4]],
      /data\.history is \[\[9,4\]\]: expected .*\[\[5,2\],\[9,4\]\]/,
    ],
    ['knows none', 12, 5, [], /data\.history is \[\]/],
    ['knows another', 12, 5, [...HISTORY, [10, 5]], /data\.history is/],
    ['goes back', 12, 2, HISTORY, /data\.decider is 2, which is below 4/],
  ] as const)(
    'is changed only by a record that tells it: one that %s',
    (_, offset, decider, told, fault) => {
      const history = told.map(([from, version]): [number, number] => [from, version]);
      const found = contradictionOf(HISTORY, { offset, decider, history });
      if (fault === null) expect(found).toBeNull();
      else expect(found).toMatch(fault);
    },
  );
});
