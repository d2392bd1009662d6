import type { Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import { emitDifference, entriesOf } from '../fold/touched-stream.js';
import * as names from '../slot/names.js';
import type { Refusal } from '../slot/refusals.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { encodeRefolds } from '../slot/slot-refolds.js';
import type { Attempt } from './attempt.js';
import { CarriedCount } from './carried-count.js';
import { evictablePages, isEvictable, keepWithoutClaims } from './evictable-streams.js';
import { streamOf } from './replace-streams.js';
import { encodeRetired, retiredField } from './retired-keys.js';
import { SELECTED_STREAMS_MAX } from './select-streams.js';
import { cleanSlot } from './shadow-cleaner.js';
import { readDocument } from './stored-document.js';

/** Streams that one commit removes. */
const STREAMS_MAX = 200;

/** Offsets that are read within the owner's queue, so that live folding waits for them. */
const NEAR_MAX = 1_000;

/** Streams of which the slot may hold what the log no longer has: archived ones, and those that were only refused. */
async function foundBelow(attempt: Attempt, limit: Offset): Promise<Set<string>> {
  const { owned, ports, progress } = attempt;
  const { timing } = ports;
  const subjects = new Set<string>();
  let began = timing.now();
  for await (const page of evictablePages(ports.store, owned.slot, limit)) {
    for (const subject of page.slice(0, SELECTED_STREAMS_MAX - subjects.size))
      subjects.add(subject);
    progress.streams = subjects.size;
    if (subjects.size >= SELECTED_STREAMS_MAX) break;
    await attempt.pause(began);
    // Ends here, too, when the slot was read again or the task was canceled.
    await attempt.position();
    began = timing.now();
  }
  const refused = await attempt.queued(async (live) => live.refusals.subjectsBelow(limit));
  for (const subject of refused) subjects.add(subject);
  return subjects;
}

/**
 * Removes the read models of archived streams that the log no longer has, with what they add to lists and counters, and
 * what was refused there of them and of streams that never were: the slot then holds what a fresh fold makes of the log
 * that is left. A stream of which any claim is left stays. What an attempt before has removed is not found any more.
 */
export async function evictStreams(attempt: Attempt): Promise<void> {
  const { reader, ports, progress, task, tally } = attempt;
  const { start } = await reader.range();
  const limit = Math.min(start, task.select.to);
  const subjects = await foundBelow(attempt, limit);
  const evicted: string[] = [];
  let seen = 0;
  let at = start;
  const readTo = async (end: Offset): Promise<void> => {
    const read = await keepWithoutClaims(reader, subjects, at, end);
    at = read.at;
    tally.readRecords += read.records;
    progress.readRecords += read.records;
  };
  while (subjects.size > 0) {
    const began = ports.timing.now();
    progress.phase = 'replacing';
    const end = await attempt.position();
    if (at < end) await readTo(end);
    progress.streams = seen + subjects.size;
    await attempt.queued(async (live) => {
      const { next } = live.checkpoint;
      if (next - at > NEAR_MAX) return;
      while (at < next) await readTo(next);
      const page = [...subjects].slice(0, STREAMS_MAX);
      for (const subject of page) subjects.delete(subject);
      seen += page.length;
      evicted.push(...(await evictPage(attempt, live, page, limit)));
    });
    tally.replaced = evicted.length;
    await attempt.pause(began);
    // What nothing reads any more goes with its streams, so that what is settled is settled whole.
    await cleanSlot(attempt);
    progress.settled = seen;
  }
  tally.selects(evicted);
}

const NO_REFUSALS: ReadonlyMap<string, Refusal> = new Map();

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
  const unheard: string[] = [];
  const carried = new CarriedCount(live.carried);
  let { incarnation } = live;
  for (const [i, subject] of page.entries()) {
    const text = texts[i] ?? null;
    const document = readDocument(text);
    if (text === null) unheard.push(subject);
    if (document === null || !isEvictable(document, limit)) continue;
    const stream = { ...streamOf(subject), document };
    const before = entriesOf(stream, live.viewsFor(stream));
    emitDifference(stream.streamId, before, [], writes, counters);
    writes.remove.push(names.documentName(subject));
    carried.moves(document, null);
    const retired = encodeRetired(document.state?.seq ?? 0, document.transientDays);
    writes.putField.push([names.RETIRED, retiredField(subject, document.incarnation), retired]);
    // One that begins once more must not find the keys that are about to go.
    incarnation = Math.max(incarnation, document.incarnation + 1);
    evicted.push(subject);
  }
  for (const subject of [...unheard, ...evicted]) {
    for (const identity of live.refusals.replace(subject, NO_REFUSALS)) {
      writes.dropField.push([names.REFUSALS, identity]);
    }
  }
  if (evicted.length === 0 && writes.dropField.length === 0) return evicted;
  for (const [counter, amount] of counters) {
    if (amount !== 0) writes.count.push([counter, amount]);
  }
  live.carried = carried.write(writes);
  live.incarnation = incarnation;
  live.refolds = { ...live.refolds, incarnation };
  writes.set.push([names.REFOLD_STATE, encodeRefolds(live.refolds)]);
  await owned.commit(live, { writes });
  for (const subject of evicted) live.forget(subject);
  return evicted;
}
