import { parseSubject, partitionOf } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import type { ClaimReader } from './claim-reader.js';
import { isSampled } from './refold-task.js';
import type { RefoldTask } from './refold-task.js';

/** Most streams that one task takes on per partition; each costs about 300 bytes of memory. */
export const STREAMS_MAX = 250_000;

/** The selection is larger than a task may be. */
export class TaskTooLarge extends Error {
  override readonly name = 'TaskTooLarge';
  constructor() {
    super(
      `more than ${STREAMS_MAX} streams of the partition are selected: take a narrower range, or a sample`,
    );
  }
}

/** Whether a stream lives on a partition of a projection. */
export function livesOn(projection: Projection, partition: number, subject: string): boolean {
  const stream = parseSubject(subject);
  if (stream === null || !projection.kinds.includes(stream.kind)) return false;
  return partitionOf(stream.streamId, projection.partitions) === partition;
}

/**
 * The subjects of the streams that a task is about, found in the log and nowhere else: the store may
 * be what is wrong. `between` is called after each read.
 * @throws TaskTooLarge, LogUnavailable
 */
export async function streamsOfTask(
  reader: ClaimReader,
  projection: Projection,
  partition: number,
  { select, sample }: RefoldTask,
  between: () => Promise<void>,
): Promise<Set<string>> {
  const subjects = new Set<string>();
  const add = (subject: string): void => {
    if (isSampled(sample, subject)) subjects.add(subject);
    if (subjects.size > STREAMS_MAX) throw new TaskTooLarge();
  };
  if (select.kind === 'streams') {
    for (const subject of select.subjects) {
      if (livesOn(projection, partition, subject)) add(subject);
    }
    return subjects;
  }
  const { start } = await reader.range();
  let at: Offset = Math.max(start, select.kind === 'range' ? select.from : 0);
  while (at < select.to) {
    const { found, next } = await reader.read(at, select.to);
    for (const { decoded } of found) if (decoded.kind === 'claim') add(decoded.claim.subject);
    if (next <= at) break;
    at = next;
    await between();
  }
  return subjects;
}
