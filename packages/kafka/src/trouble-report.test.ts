import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TroubleReport } from './trouble-report.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

test('trouble is said once, every ten seconds, and when it is over', () => {
  const log = vi.fn();
  const trouble = new TroubleReport('reading', log);
  trouble.over();
  for (let ms = 0; ms < 15_000; ms += 100) {
    trouble.report(new Error('refused'));
    vi.advanceTimersByTime(100);
  }
  trouble.over();
  trouble.over();
  expect(log.mock.calls.map(([level, , fields]) => [level, fields] as unknown)).toEqual([
    ['warn', { error: 'refused', forMs: 0 }],
    ['warn', { error: 'refused', forMs: 10_000 }],
    ['info', { forMs: 15_000 }],
  ]);
});
