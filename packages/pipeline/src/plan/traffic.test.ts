import { createMemoryEventLog } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { trafficBetween } from './traffic.js';

const PARTITIONS = 40;

/** A record in each partition every so many milliseconds, from the beginning to a time. */
async function open({ everyMs, toMs }: { everyMs: number; toMs: number }) {
  let now = 0;
  const log = createMemoryEventLog({ clock: () => now });
  await log.ensureTopics([{ name: 't', partitions: PARTITIONS }]);
  for (; now < toMs; now += everyMs) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      log.appendForeign('t', partition, { key: 'k', value: 'v' });
    }
  }
  return (fromMs: number, untilMs: number) =>
    trafficBetween(log, { topic: 't', partitions: PARTITIONS }, fromMs, untilMs);
}

describe('what comes into a topic', () => {
  it('is what came in between two times, all partitions together and each on average', async () => {
    const between = await open({ everyMs: 100, toMs: 4_000 });
    expect(await between(1_000, 3_000)).toEqual({ all: 10 * PARTITIONS, each: 10 });
    expect(await between(3_000, 5_000)).toEqual({ all: 5 * PARTITIONS, each: 5 });
    expect(await between(5_000, 6_000)).toEqual({ all: 0, each: 0 });
  });
});
