import type { Rulebook } from '@refold/domain';
import { emitDifference, entriesOf } from '../fold/touched-stream.js';
import { noWrites } from '../ports/view-store.js';
import type { Writes } from '../ports/view-store.js';
import { streamOf } from '../refold/replace-streams.js';
import { countCarried, slotViews } from '../slot/carried-over.js';
import type { CarriedOver } from '../slot/carried-over.js';
import * as names from '../slot/names.js';
import { encodeRefusal } from '../slot/refusals.js';
import { encodeSkip, skipField } from '../slot/skip-log.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { encodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { CARRIED_INCARNATION } from './carried-lists.js';
import type { CarriedList } from './carried-lists.js';
import type { CarriedMoment } from './carried-source.js';

/** What one commit of carrying over changes. */
export interface CarriedChange {
  writes: Writes;
  carried: CarriedOver;
  /** The partition's time where the slot stands, where it is known now. */
  time?: number;
}

/** A stream that is about to be carried over, and its lists as far as they are not written yet. */
export interface TakenStream {
  subject: string;
  document: StreamDocument;
  lists: CarriedList[];
}

/** What puts streams into a slot that stands where they were read: documents, refusals, skips, and their places. */
export function putStreams(
  rulebook: Rulebook,
  cache: SlotCache,
  { checkpoint, refusals, skips }: CarriedMoment,
  taken: readonly TakenStream[],
): CarriedChange | null {
  const { carried } = cache;
  if (carried === null) return null;
  const writes = noWrites();
  const counters = new Map<string, number>();
  let views: CarriedOver['views'] = carried.views;
  for (const { subject, document, lists } of taken) {
    const own = document.carried ?? checkpoint.views;
    views = countCarried(views, own, 1);
    const copy = { ...document, carried: own, incarnation: CARRIED_INCARNATION };
    const stream = { ...streamOf(subject), document: copy };
    writes.set.push([names.documentName(subject), encodeDocument(copy)]);
    writes.push.push(...lists);
    const after = entriesOf(stream, slotViews(rulebook, own).own[stream.kind]);
    emitDifference(stream.streamId, [], after, writes, counters);
    const standing = refusals.of(subject, checkpoint.time);
    const moved = [...cache.refusals.replace(subject, standing), ...standing.keys()];
    for (const identity of new Set(moved)) {
      const refusal = cache.refusals.get(identity);
      if (refusal === undefined) writes.dropField.push([names.REFUSALS, identity]);
      else writes.putField.push([names.REFUSALS, identity, encodeRefusal(refusal)]);
    }
    for (const skip of skips.of(subject)) {
      writes.putField.push([names.SKIPS, skipField(skip), encodeSkip(skip)]);
    }
  }
  for (const [counter, amount] of counters) if (amount !== 0) writes.count.push([counter, amount]);
  return { writes, carried: { ...carried, views, copying: null } };
}
