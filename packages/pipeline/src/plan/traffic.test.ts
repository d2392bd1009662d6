import { createMemoryEventLog } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { logStarts, trafficBetween } from './traffic.js';

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
  const between = (fromMs: number, untilMs: number) =>
    trafficBetween(log, { topic: 't', partitions: PARTITIONS }, fromMs, untilMs);
  return { log, between };
}

describe('what comes into a topic', () => {
  it('is what came in between two times, all partitions together and each on average', async () => {
    const { between } = await open({ everyMs: 100, toMs: 4_000 });
    expect(await between(1_000, 3_000)).toEqual({ all: 10 * PARTITIONS, each: 10 });
    expect(await between(3_000, 5_000)).toEqual({ all: 5 * PARTITIONS, each: 5 });
    expect(await between(5_000, 6_000)).toEqual({ all: 0, each: 0 });
  });

  it('is not known while a partition is away, and nobody else ends by that', async () => {
    const { log, between } = await open({ everyMs: 100, toMs: 1_000 });
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    vi.spyOn(log, 'offsetForTime').mockRejectedValue(new Error('no leader'));
    await expect(between(0, 1_000)).rejects.toThrow('no leader');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('is found beside where each partition begins', async () => {
    const { log } = await open({ everyMs: 100, toMs: 1_000 });
    await log.truncate('t', 33, 4);
    const starts = await logStarts(log, { topic: 't', partitions: PARTITIONS });
    expect(starts).toEqual(Array.from({ length: PARTITIONS }, (_, n) => (n === 33 ? 4 : 0)));
  });
});
