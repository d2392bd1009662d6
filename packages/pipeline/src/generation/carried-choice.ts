import type { Item } from '../fold/fold-context.js';
import { loadDocuments } from '../project/load-batch.js';
import type { OwnedSlot } from '../project/owned-slot.js';
import { emptyStream } from '../slot/cached-stream.js';
import type { CachedStream } from '../slot/cached-stream.js';
import { documentName } from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { CarriedSource } from './carried-source.js';

/** The streams of these records that the slot has no document of, by subject. */
async function unknownOf(
  owned: OwnedSlot,
  cache: SlotCache,
  items: readonly Item[],
): Promise<Map<string, CachedStream>> {
  const streams = new Map<string, CachedStream>();
  const unread: CachedStream[] = [];
  for (const { decoded } of items) {
    if (decoded.kind !== 'claim' || streams.has(decoded.claim.subject)) continue;
    const { kind, streamId, subject } = decoded.claim;
    const known = cache.get(subject);
    const stream = known ?? emptyStream(kind, streamId);
    if (known === undefined) unread.push(stream);
    streams.set(subject, stream);
  }
  await loadDocuments(owned.reads(cache), cache, unread, documentName);
  for (const [subject, { document }] of streams) if (document !== null) streams.delete(subject);
  return streams;
}

/** Streams of one slot, as far as they were met while it is carrying over. */
export interface MetStreams {
  /** Judged from where they begin, and refused so far: there is no document of them yet. */
  joined: Set<string>;
  /** To be carried over. */
  lost: Set<string>;
  /** Streams that began before the log does are looked for: until then they need not be told of. */
  isLooking: boolean;
}

/**
 * Leaves out of a batch the claims that the slot does not judge as long as it is carrying over: those of streams that
 * are to be carried over or that have not begun, and those before the one where a stream's document begins. What
 * came before is not known here, and a copy of it would be judged otherwise. A stream that has begun since claims of it
 * were left out is carried over, too, where its document begins at one of these. Where a stream begins, the time of the
 * partition is what its document says; from the first of them on it is exact.
 */
export async function chooseItems(
  owned: OwnedSlot,
  source: CarriedSource,
  cache: SlotCache,
  { joined, lost, isLooking }: MetStreams,
  items: readonly Item[],
): Promise<void> {
  const start = cache.carried?.start ?? 0;
  const last = items.at(-1);
  if (last === undefined) return;
  const unknown = await unknownOf(owned, cache, items);
  const documents = await source.documents([...unknown.keys()], last.record.offset + 1);
  for (const item of items) {
    const { decoded } = item;
    if (decoded.kind !== 'claim') continue;
    const { offset, subject } = decoded.claim;
    if (!unknown.has(subject)) {
      joined.delete(subject);
      continue;
    }
    const { first, firstTime } = documents.get(subject) ?? { first: Infinity, firstTime: null };
    if (offset === first && first >= start) {
      joined.add(subject);
      item.time = firstTime ?? 0;
    }
    if (offset >= first && joined.has(subject)) continue;
    item.decoded = { kind: 'left_out' };
    if (offset >= first && (isLooking || first >= start)) lost.add(subject);
  }
}
