import { describe, expect, it } from 'vitest';
import type { MeasuredOperation } from './plan-rate.js';
import { rereadSeconds } from './reread-eta.js';
import { NO_TRAFFIC } from './traffic.fixture.js';

const partition = { partition: 0, from: 0, to: 0, log_start: 0, streams: 10, records: 0 };
const measured = (readRecords: number, seconds: number, share: number): MeasuredOperation => ({
  partitions: [{ ...partition, read_records: readRecords }],
  isNamed: false,
  seconds,
  share,
  traffic: NO_TRAFFIC,
});
const next = { readRecords: 4_000, ms: 2_000, share: 0.5 };

describe('how long reading takes that planning did once', () => {
  it('is as long as planning took, in its share of the time', () => {
    expect(rereadSeconds(next, [])).toBe(4);
    expect(rereadSeconds({ ...next, share: 1 }, [])).toBe(2);
  });

  it('is that of the last operation like it, in proportion to what it read and to its share', () => {
    expect(rereadSeconds(next, [measured(0, 9, 1), measured(2_000, 3, 1)])).toBe(12);
  });

  it('is nothing for nothing, and is not guessed', () => {
    expect(rereadSeconds({ ...next, readRecords: 0 }, [])).toBe(0);
    expect(rereadSeconds({ ...next, ms: 0 }, [])).toBeNull();
  });
});
