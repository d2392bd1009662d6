import type { EventLog } from '../ports/event-log.js';
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

/**
 * What came in between two times, by the append times of the log; what the log gave up since is not counted.
 * @param fromMs Since the epoch, as `toMs`, which is later.
 */
export async function trafficBetween(
  log: Pick<EventLog, 'offsetForTime'>,
  { topic, partitions }: Pick<Projection, 'topic' | 'partitions'>,
  fromMs: number,
  toMs: number,
): Promise<Traffic> {
  const recordsIn = async (partition: number): Promise<number> => {
    const from = log.offsetForTime(topic, partition, fromMs);
    const to = log.offsetForTime(topic, partition, toMs);
    return Math.max(0, (await to) - (await from));
  };
  let records = 0;
  for (let at = 0; at < partitions; at += PARTITIONS_AT_ONCE) {
    const length = Math.min(PARTITIONS_AT_ONCE, partitions - at);
    const found = await Promise.all(Array.from({ length }, (_, n) => recordsIn(at + n)));
    records = found.reduce((sum, one) => sum + one, records);
  }
  const all = (records * 1_000) / (toMs - fromMs);
  return { all, each: all / partitions };
}
