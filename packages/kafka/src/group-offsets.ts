import type { GroupOffset } from '@refold/pipeline';
import { withAdmin } from './admin-session.js';
import { chainOf, rightRefused, safeOffset, typeOf } from './errors.js';
import type { LogCursor } from './log-cursor.js';
import type { Settled } from './options.js';

const refusalIn = (error: unknown): Error | undefined =>
  chainOf(error).find((one) => typeOf(one) === 'GROUP_AUTHORIZATION_FAILED');

/** What a group has committed for every partition of a topic; null where there is nothing. */
export async function committedOffsets(
  options: Settled,
  cursor: LogCursor,
  group: string,
  topic: string,
): Promise<Map<number, GroupOffset | null>> {
  const count = await cursor.partitions(topic);
  const offsets = new Map<number, GroupOffset | null>();
  for (let partition = 0; partition < count; partition++) offsets.set(partition, null);
  const answers = await cursor.retrying(topic, async () => {
    try {
      const request = { groupId: group, topics: [topic] };
      return await withAdmin(options, (admin) => admin.fetchOffsets(request));
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal === undefined) throw error;
      throw rightRefused(`group ${group}: not allowed to describe`, refusal);
    }
  });
  for (const { partition, offset, metadata } of answers[0]?.partitions ?? []) {
    const committed = { offset: safeOffset(offset), metadata: metadata ?? '' };
    if (committed.offset !== NOTHING) offsets.set(partition, committed);
  }
  return offsets;
}

/** What a broker answers where nothing was ever committed, or it expired, or it was deleted. */
const NOTHING = -1;
