import type { Offset } from '@refold/pipeline';
import { safeInt64 } from './record-batch.js';

/** What a fetch returned for one partition. */
export interface FetchedPartition {
  topic: string;
  partition: number;
  errorCode: number;
  /** High watermark; -1 beside an error. */
  end: Offset;
  /** Record batches as they stand on the log; a view on the answer, which is dropped after decoding. */
  batches: Buffer;
}

/** Reads a fetch answer of version 11, errors of single partitions included. */
export function readFetchResponse(payload: Buffer): FetchedPartition[] {
  let at = 0;
  const int16 = (): number => payload.readInt16BE((at += 2) - 2);
  const int32 = (): number => payload.readInt32BE((at += 4) - 4);
  const int64 = (): number => safeInt64(payload, (at += 8) - 8);
  const bytes = (length: number): Buffer => {
    const start = at;
    at += Math.max(0, length);
    return payload.subarray(start, at);
  };

  const partitionOf = (topic: string): FetchedPartition => {
    const partition = int32();
    const errorCode = int16();
    const end = int64();
    bytes(8 + 8); // last stable offset, log start
    const aborted = int32();
    bytes(Math.max(0, aborted) * 16);
    bytes(4); // preferred read replica
    const batches = bytes(int32());
    return { topic, partition, errorCode, end, batches };
  };

  bytes(4 + 2 + 4); // throttle time, error of a fetch session (we use none), session
  const found: FetchedPartition[] = [];
  for (let topics = int32(); topics > 0; topics--) {
    const topic = bytes(int16()).toString('utf8');
    for (let partitions = int32(); partitions > 0; partitions--) found.push(partitionOf(topic));
  }
  return found;
}
