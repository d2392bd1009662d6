import type { DeadLetterListReply } from '@refold/contracts';
import type { ListedLetter } from '@refold/pipeline';
import { timeText } from '@refold/serving';
import type { Reads } from './reads.js';

/** Operations that are looked at in one moment. */
const OPERATIONS_MAX = 200;

/** The operations by which dead letters of a partition are, or were, published again: offset → ID. */
export async function republishedBy(
  { served }: Pick<Reads, 'served'>,
  projection: string,
  partition: number,
  offsets: readonly number[],
): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const [first] = offsets;
  if (first === undefined) return found;
  const lowest = Math.min(...offsets);
  const index = `operations/letters/${projection}/${partition}`;
  // No member is below the empty one, so this is everything up to the highest offset.
  let before: { score: number; member: string } | undefined = {
    score: Math.max(...offsets) + 1,
    member: '',
  };
  while (before !== undefined && before.score >= lowest) {
    const { reader } = served.operation;
    const page = await reader.list('operation', index, before, OPERATIONS_MAX);
    for (const { streamId, score } of page.entries) found.set(score, streamId);
    const last = page.entries.at(-1);
    before = last === undefined ? undefined : { score: last.score, member: last.streamId };
  }
  return found;
}

/** A dead letter as replies show it. */
export const presentLetter = (
  { timestamp, ...letter }: ListedLetter,
  operationId: string | undefined,
): DeadLetterListReply['dead_letters'][number] => ({
  topic: letter.topic,
  partition: letter.partition,
  offset: letter.offset,
  reason: letter.reason,
  key: letter.key,
  bytes: letter.bytes,
  recorded_at: timeText(timestamp),
  ...(letter.cut === undefined ? {} : { cut: letter.cut }),
  ...(operationId === undefined ? {} : { republished_by: operationId }),
});
