import { decodeRecord } from '../fold/decode.js';
import { noWrites } from '../ports/view-store.js';
import type { EventLog, LogRecord, Offset } from '../ports/event-log.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import { encodeCarriedOver } from '../slot/carried-over.js';
import { CARRIED, RULES, SKIPS } from '../slot/names.js';
import { deciderAt, encodeHistory, readRulesHistory } from '../slot/rules-history.js';
import type { RulesHistory } from '../slot/rules-history.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { asked, headMissing } from './check-position.js';
import { SlotMoved } from './load-batch.js';
import { commitSlot } from './slot-owner.js';

/** Where a new slot begins, and by which rules. */
interface Beginning {
  next: Offset;
  history: RulesHistory;
}

/** The first record of a log whose head was cut off; undefined when nothing is left. */
async function firstRecord(
  log: EventLog,
  { topic }: Projection,
  partition: number,
  from: Offset,
): Promise<LogRecord | undefined> {
  for (let at = from; ;) {
    const batch = await asked(`${topic}/${partition}`, log.read(topic, partition, at, 1));
    if (batch.records.length > 0 || batch.next <= at) return batch.records[0];
    at = batch.next;
  }
}

/**
 * The log is cut at a `rules.changed` record, which says what came before it. Anything else at its head
 * means that records are gone by which others were judged.
 * @throws PartitionStopped log_head_missing for such a log, LogUnavailable.
 */
async function beginningOf(
  log: EventLog,
  projection: Projection,
  partition: number,
  start: Offset,
): Promise<Beginning> {
  const where = `${projection.topic}/${partition}`;
  if (start === 0) return { next: 0, history: [] };
  const record = await firstRecord(log, projection, partition, start);
  const places = { projection, partition, streams: new Map(), texts: new Map() };
  const decoded = record === undefined ? null : decodeRecord(record, places);
  if (decoded?.kind !== 'rules') throw headMissing(where, start, 0);
  return { next: start, history: decoded.history };
}

/**
 * Where a slot aside begins whose log has lost its head, wherever that was cut: the live one knows which rules held
 * there, and has the streams.
 */
async function carriedBeginning(store: ViewStore, start: Offset, from: Slot): Promise<Beginning> {
  const { checkpoint, history } = await readRulesHistory(store, from);
  if (checkpoint === null) throw new SlotMoved('the live generation has nothing to carry over');
  return { next: start, history: history.filter(([offset]) => offset < start) };
}

/**
 * Puts a first checkpoint under a new slot before anything is folded into it. Without one, nothing
 * could tell this slot from the same one after another loss. What the slot may still hold of the
 * history of the rules, and of claims that are left out, goes: the log tells it again.
 * @param from What a slot aside is carried over from where the log has lost its head.
 * @throws PartitionStopped for a log that was cut elsewhere than at a `rules.changed` record.
 * @throws SlotMoved when somebody else opened the slot.
 */
export async function openSlot(
  ports: { log: EventLog; store: ViewStore; commitId(): string },
  projection: Projection,
  partition: number,
  cache: SlotCache,
  from: Slot,
): Promise<void> {
  const { log, store } = ports;
  const where = `${projection.topic}/${partition}`;
  const { start } = await asked(where, log.range(projection.topic, partition));
  const isCarried = start > 0 && cache.checkpoint.role === 'aside';
  const { next, history } = isCarried
    ? await carriedBeginning(store, start, from)
    : await beginningOf(log, projection, partition, start);
  const writes = noWrites();
  writes.remove.push(SKIPS);
  // Documents that were carried over, and outlived a lost checkpoint, are folded on by the views they name.
  const { views } = cache.carried ?? { views: {} };
  const isHeld = isCarried || Object.keys(views).length > 0;
  cache.carried = isHeld ? { start: next, views, copying: null, isOver: !isCarried } : null;
  if (cache.carried === null) writes.remove.push(CARRIED);
  else writes.set.push([CARRIED, encodeCarriedOver(cache.carried)]);
  if (history.length > 0) writes.set.push([RULES, encodeHistory(history)]);
  else writes.remove.push(RULES);
  const result = await commitSlot(ports.store, projection, partition, cache, {
    next,
    role: cache.checkpoint.role,
    folded: { decider: deciderAt(history, next), time: 0, last: null },
    writes,
    notices: [],
    commitId: ports.commitId(),
  });
  if (result === 'moved') throw new SlotMoved('somebody else opened the slot');
}
