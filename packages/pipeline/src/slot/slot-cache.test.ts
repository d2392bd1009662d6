import { RULEBOOK } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { emptyStream } from './cached-stream.js';
import type { CachedStream } from './cached-stream.js';
import { slotViews } from './carried-over.js';
import type { Checkpoint } from './checkpoint.js';
import { LetterLog } from './letter-log.js';
import { RefusalLog } from './refusals.js';
import { SkipLog } from './skip-log.js';
import { SlotCache } from './slot-cache.js';

const CHECKPOINT: Checkpoint = {
  format: 3,
  next: 0,
  decider: 1,
  views: 'run@1',
  role: 'live',
  time: 0,
  last: null,
  commitId: '-',
};

const withIdentities = (streamId: string, count: number): CachedStream => {
  const stream = emptyStream('run', streamId);
  stream.buckets.set(0, new Map(Array.from({ length: count }, (_, n) => [`i${n}`, n])));
  return stream;
};

describe('SlotCache', () => {
  it('drops the streams that were used longest ago, and never those of the batch', () => {
    const cache = new SlotCache(CHECKPOINT, null, new RefusalLog(), new LetterLog(), {
      views: slotViews(RULEBOOK, CHECKPOINT.views),
      history: [],
      skips: new SkipLog(),
    });
    const [old, long, young] = [
      withIdentities('old', 50),
      withIdentities('long', 500),
      withIdentities('young', 50),
    ] as const;
    for (const stream of [old, long, young]) cache.put(stream);
    cache.trim([long], 100);
    expect([old, long, young].map(({ subject }) => cache.has(subject))).toEqual([
      false,
      true,
      false,
    ]);
    cache.put(young);
    cache.trim([young], 100);
    expect([long, young].map(({ subject }) => cache.has(subject))).toEqual([false, true]);
  });
});
