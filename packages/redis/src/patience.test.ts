import { describe, expect, it, vi } from 'vitest';
import { Patience } from './patience.js';

describe('Patience', () => {
  it('waits longer each time up to half a second, and tells only now and then', () => {
    const told: [string, string][] = [];
    const patience = new Patience((level, message) => told.push([level, message]), { slot: 's' });
    const waits = Array.from({ length: 9 }, () => patience.nextWait('LOADING'));
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 500, 500, 500]);
    patience.end('committed');
    expect(told).toEqual([
      ['warn', 'a commit waits for the store'],
      ['info', 'the store answers again'],
    ]);
  });

  it('reminds every ten seconds', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const told: Readonly<Record<string, unknown>>[] = [];
    const patience = new Patience((_level, _message, fields) => told.push(fields), { slot: 's' });
    for (let second = 0; second < 25; second++) {
      patience.nextWait('LOADING');
      vi.advanceTimersByTime(1_000);
    }
    vi.useRealTimers();
    expect(told.map((fields) => fields['waited_ms'])).toEqual([0, 10_000, 20_000]);
    expect(told[0]).toMatchObject({ slot: 's', trouble: 'LOADING', tries: 0 });
  });

  it('is silent where nothing had to wait', () => {
    const logger = vi.fn();
    new Patience(logger, {}).end('committed');
    expect(logger).not.toHaveBeenCalled();
  });
});
