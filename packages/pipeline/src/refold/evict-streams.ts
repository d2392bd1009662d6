import type { Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import { emitDifference, entriesOf } from '../fold/touched-stream.js';
import * as names from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { encodeRefolds } from '../slot/slot-refolds.js';
import type { Attempt } from './attempt.js';
import { evictableStreams, isEvictable, keepWithoutClaims } from './evictable-streams.js';
import { streamOf } from './replace-streams.js';
import { encodeRetired, retiredField } from './retired-keys.js';
import { SELECTED_STREAMS_MAX } from './select-streams.js';
import { readDocument } from './stored-document.js';

/** Streams that one commit removes. */
const STREAMS_MAX = 200;

/** Offsets that are read within the owner's queue, so that live folding waits for them. */
const NEAR_MAX = 1_000;

/**
 * Removes the read models of archived streams that the log no longer has, with what they add to lists and counters: the
 * slot then holds what a fresh fold makes of the log that is left. A stream of which any claim is left stays. What an
 * attempt before has removed is not found any more.
 */
export async function evictStreams(attempt: Attempt): Promise<void> {
  const { owned, reader, ports, progress, task, tally } = attempt;
  const { start } = await reader.range();
  const limit = Math.min(start, task.select.to);
  const subjects = new Set<string>();
  for await (const subject of evictableStreams(ports.store, owned.slot, limit)) {
    if (subjects.size >= SELECTED_STREAMS_MAX) break;
    subjects.add(subject);
  }
  const evicted: string[] = [];
  let at = start;
  progress.phase = 'replacing';
  while (subjects.size > 0) {
    const began = ports.timing.now();
    const end = await attempt.position();
    if (at < end) at = await keepWithoutClaims(reader, subjects, at, end);
    progress.streams = evicted.length + subjects.size;
    await attempt.queued(async (live) => {
      const { next } = live.checkpoint;
      if (next - at > NEAR_MAX) return;
      while (at < next) at = await keepWithoutClaims(reader, subjects, at, next);
      const page = [...subjects].slice(0, STREAMS_MAX);
      for (const subject of page) subjects.delete(subject);
      evicted.push(...(await evictPage(attempt, live, page, limit)));
    });
    progress.settled = evicted.length;
    tally.replaced = evicted.length;
    await attempt.pause(began);
  }
  tally.selects(evicted);
}

/** One commit. Returns the streams that it removes. */
async function evictPage(
  { owned }: Attempt,
  live: SlotCache,
  page: readonly string[],
  limit: Offset,
): Promise<string[]> {
  const texts = await owned.reads(live).all('get', page.map(names.documentName));
  const writes = noWrites();
  const counters = new Map<string, number>();
  const evicted: string[] = [];
  let { incarnation } = live;
  for (const [i, subject] of page.entries()) {
    const document = readDocument(texts[i] ?? null);
    if (document === null || !isEvictable(document, limit)) continue;
    const stream = { ...streamOf(subject), document };
    const before = entriesOf(stream, live.views[stream.kind]);
    emitDifference(stream.streamId, before, [], writes, counters);
    writes.remove.push(names.documentName(subject));
    const retired = encodeRetired(document.state?.seq ?? 0, document.transientDays);
    writes.putField.push([names.RETIRED, retiredField(subject, document.incarnation), retired]);
    // One that begins once more must not find the keys that are about to go.
    incarnation = Math.max(incarnation, document.incarnation + 1);
    evicted.push(subject);
  }
  if (evicted.length === 0) return evicted;
  for (const [counter, amount] of counters) {
    if (amount !== 0) writes.count.push([counter, amount]);
  }
  live.incarnation = incarnation;
  live.refolds = { ...live.refolds, incarnation };
  writes.set.push([names.REFOLD_STATE, encodeRefolds(live.refolds)]);
  await owned.commit(live, { writes });
  for (const subject of evicted) live.forget(subject);
  return evicted;
}
