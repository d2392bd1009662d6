import type { EventLog, OutgoingRecord } from '@refold/pipeline';
import { benchRecord } from './bench-events.js';

/** Records per send of the fill: what one lane batch may hold. */
const SEND_RECORDS = 1000;

/** Writes `records` records of the load and returns the mean size of a value in bytes. */
export async function fillTopic(
  log: EventLog,
  topic: string,
  partitions: number,
  records: number,
): Promise<number> {
  const lane = await log.openLane(await log.laneOf(topic, 0));
  let bytes = 0;
  for (let n = 0; n < records; n += SEND_RECORDS) {
    const batch: OutgoingRecord[] = [];
    for (let i = n; i < Math.min(records, n + SEND_RECORDS); i++) {
      batch.push(benchRecord(topic, i, partitions));
    }
    for (const { value } of batch) bytes += value.length;
    await lane.send(batch);
  }
  await lane.close();
  return bytes / records;
}
