import type { EventLog } from '../ports/event-log.js';
import { answered } from '../project/check-position.js';
import type { Projection } from '../projection.js';

/** Records a second that come into the topic of a projection. */
export interface Traffic {
  /** All its partitions together. */
  all: number;
  /** One of them, on average. */
  each: number;
}

/** Partitions that are asked at once. */
const PARTITIONS_AT_ONCE = 32;

type Topic = Pick<Projection, 'topic' | 'partitions'>;

/** What the log answers of each partition, in their order; only so many are asked at once. @throws LogUnavailable */
async function ofEach<T>(
  { topic, partitions }: Topic,
  ask: (partition: number) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = [];
  while (answers.length < partitions) {
    const from = answers.length;
    const length = Math.min(PARTITIONS_AT_ONCE, partitions - from);
    const asked = Array.from({ length }, (_, n) => ask(from + n));
    answers.push(...(await answered(topic, Promise.all(asked))));
  }
  return answers;
}

/**
 * What came in between two times, by the append times of the log; what the log gave up since is not counted.
 * @param fromMs Since the epoch, as `toMs`, which is later.
 * @throws LogUnavailable
 */
export async function trafficBetween(
  log: Pick<EventLog, 'offsetForTime'>,
  of: Topic,
  fromMs: number,
  toMs: number,
): Promise<Traffic> {
  const { topic, partitions } = of;
  const counts = await ofEach(of, async (partition) => {
    const [from, to] = await Promise.all([
      log.offsetForTime(topic, partition, fromMs),
      log.offsetForTime(topic, partition, toMs),
    ]);
    return Math.max(0, to - from);
  });
  const all = (counts.reduce((sum, one) => sum + one, 0) * 1_000) / (toMs - fromMs);
  return { all, each: all / partitions };
}

/** Where the log of each partition begins. @throws LogUnavailable */
export const logStarts = (log: Pick<EventLog, 'range'>, of: Topic): Promise<number[]> =>
  ofEach(of, async (partition) => (await log.range(of.topic, partition)).start);
