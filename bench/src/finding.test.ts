import { describe, expect, it } from 'vitest';
import { judged, reported } from './finding.js';

const name = { metric: 'P0', what: 'a ÷ b' };

describe('a finding', () => {
  it('is met when its median keeps the bound, whatever the worst pair was', () => {
    const bound = { side: 'at least', value: 0.3, because: 'a reason' } as const;
    const found = judged(name, [0.1, 0.35, 0.4], 2, bound, '3 ÷ 9');
    expect(found.met).toBe(true);
    expect(found.measured).toBe('0.35 (0.10-0.40); 3 ÷ 9');
    expect(found.owed).toBe('≥ 0.3 (a reason): met');
  });

  it('says so when it is not met, above a ceiling as below a floor', () => {
    const ceiling = { side: 'at most', value: 2, because: 'a reason' } as const;
    expect(judged(name, [2.1], 1, ceiling).owed).toBe('≤ 2 (a reason): NOT met');
    const floor = { side: 'at least', value: 2, because: 'a reason' } as const;
    expect(judged(name, [1.9], 1, floor).met).toBe(false);
  });

  it('is not met when nothing was measured', () => {
    for (const side of ['at least', 'at most'] as const) {
      expect(judged(name, [], 2, { side, value: 1, because: 'x' }).met).toBe(false);
    }
  });

  it('that only reports owes nothing', () => {
    expect(reported('P0', 'x', '7')).toMatchObject({ owed: 'reported', met: null });
  });
});
