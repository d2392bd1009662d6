import type { Rulebook } from '@refold/domain';
import { decodeRecord } from '../fold/decode.js';
import type { Decoded, NamedStream } from '../fold/decode.js';
import { generationOf, liveGeneration } from '../generation/pointer.js';
import { readPointer } from '../generation/stored-pointer.js';
import type { LogRecord, Offset } from '../ports/event-log.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { documentName, SKIPS } from '../slot/names.js';
import { SkipLog } from '../slot/skip-log.js';
import { outerHold } from './cut-limits.js';
import { CutScan } from './cut-scan.js';
import type { CutAmounts, CutCheck, LogCut } from './cut-scan.js';
import type { PlanPorts } from './plan-partition.js';

/** What a cut is found out with. */
export type CutPorts = PlanPorts & { rulebook: Rulebook };

/** What is asked of a partition. */
export interface CutRequest {
  /** Time of day, milliseconds. */
  nowMs: number;
  /** Looked at before every read. */
  signal?: AbortSignal | undefined;
}

/** A place that was planned, and who looks on while it is checked. */
export interface CheckRequest {
  /** Time of day, milliseconds. */
  nowMs: number;
  to: Offset;
  /** Called after every read, with all that was read by then: the next one waits for it. */
  progress: (read: CutAmounts) => void | Promise<void>;
}

/** Documents that are read at once. */
const DOCUMENTS_MAX = 200;

/** Streams whose names were found right, at most. */
const NAMES_MAX = 100_000;

type Seen = [record: LogRecord, decoded: Decoded];

/** Looks the streams up that are not known. */
async function meetStreams(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  scan: CutScan,
  seen: readonly Seen[],
): Promise<void> {
  const met = new Map<string, Offset>();
  for (const [{ offset }, decoded] of seen) {
    if (decoded.kind !== 'claim') continue;
    const { subject } = decoded.claim;
    if (scan.isUnknown(subject) && !met.has(subject)) met.set(subject, offset);
  }
  const streams = [...met];
  for (let from = 0; from < streams.length; from += DOCUMENTS_MAX) {
    const page = streams.slice(from, from + DOCUMENTS_MAX);
    const { results } = await store.read(
      slot,
      page.map(([subject]) => ({ kind: 'get' as const, name: documentName(subject) })),
    );
    for (const [at, [subject, offset]] of page.entries()) {
      scan.meet(subject, offset, results[at] ?? null);
    }
  }
}

/** What is read of a partition. */
interface Reading {
  scan: CutScan;
  /** Nothing is read from here on. */
  limit: Offset;
  /** Behind the last offset that has to be read, as far as it is known by now: what comes may move it either way. */
  end: () => Offset;
  /** Looked at before every read. */
  signal?: AbortSignal | undefined;
  /** Called after every read. */
  progress?: () => void | Promise<void>;
}

/** Reads a partition from its start. */
async function readOn(
  { log, store }: CutPorts,
  { projection, partition, slot, start }: CutPlace,
  { scan, limit, end, signal, progress }: Reading,
): Promise<void> {
  const { topic } = projection;
  const streams = new Map<string, NamedStream>();
  for (let at = start; at < end();) {
    signal?.throwIfAborted();
    const { records, next } = await log.read(topic, partition, at);
    const where = { projection, partition, streams, texts: new Map<string, string>() };
    const seen = records
      .filter(({ offset }) => offset < limit)
      .map((record): Seen => [record, decodeRecord(record, where)]);
    await meetStreams(store, slot, scan, seen);
    for (const one of seen) if (one[0].offset < end()) scan.record(...one);
    await progress?.();
    if (next <= at) break;
    at = next;
    if (streams.size > NAMES_MAX) streams.clear();
    scan.makeRoom();
  }
}

/** A partition, its live slot, and where its log begins. */
interface CutPlace {
  projection: Projection;
  partition: number;
  slot: Slot;
  start: Offset;
}

/** What the log is read with, and from where on. */
async function scanOf(
  { log, store, rulebook }: CutPorts,
  projection: Projection,
  partition: number,
  nowMs: number,
): Promise<{ scan: CutScan; place: CutPlace }> {
  const { start } = await log.range(projection.topic, partition);
  const outer = await outerHold(log, store, projection, partition, nowMs);
  const pointer = await readPointer(store, projection);
  const slot = slotOf(generationOf(projection, liveGeneration(pointer, partition)), partition);
  const { results } = await store.read(slot, [{ kind: 'fields', name: SKIPS }]);
  const scan = new CutScan({ rulebook, skips: SkipLog.load(results[0]), outer, start });
  return { scan, place: { projection, partition, slot, start } };
}

/**
 * How much of a partition's log nobody needs any more, read from its start as far as nothing holds it, and on to where the
 * archived streams end that a cut there would part.
 * @throws what the log and the store throw, and the signal's reason once it is aborted.
 */
export async function logCutOf(
  ports: CutPorts,
  projection: Projection,
  partition: number,
  { nowMs, signal }: CutRequest,
): Promise<LogCut> {
  const { scan, place } = await scanOf(ports, projection, partition, nowMs);
  await readOn(ports, place, {
    scan,
    limit: Number.POSITIVE_INFINITY,
    // A place where the log begins already is none.
    end: () => (scan.end > place.start ? scan.end + 1 : place.start),
    signal,
  });
  return scan.cut();
}

/**
 * What lies before a place that {@link logCutOf} found, read once more and no further, and what keeps some of it by now.
 * What lies behind the place was looked at then, and records and the end of a run that is archived stay what they are.
 * @throws what the log and the store throw.
 */
export async function checkCut(
  ports: CutPorts,
  projection: Projection,
  partition: number,
  { nowMs, to, progress }: CheckRequest,
): Promise<CutCheck> {
  const { scan, place } = await scanOf(ports, projection, partition, nowMs);
  const read = (): CutCheck => ({
    start: place.start,
    ...scan.before,
    heldBy: scan.holdBefore(to),
  });
  await readOn(ports, place, {
    scan,
    limit: to,
    end: () => (scan.holdBefore(to) === null ? to : place.start),
    progress: () => progress(read()),
  });
  // Reading may have taken hours, and the store may have come back older meanwhile.
  const outer = await outerHold(ports.log, ports.store, projection, partition, nowMs);
  return { ...read(), heldBy: scan.holdBefore(to) ?? (outer.offset < to ? outer : null) };
}
