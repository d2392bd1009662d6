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
import type { LogCut } from './cut-scan.js';
import type { PlanPorts } from './plan-partition.js';

/** What a cut is found out with. */
export type CutPorts = PlanPorts & { rulebook: Rulebook };

/** What is asked of a partition. */
export interface CutRequest {
  /** Time of day, milliseconds. */
  nowMs: number;
  /** No place behind it; any when left out. */
  to?: Offset;
  /** Looked at before every read. */
  signal?: AbortSignal | undefined;
  /** Called after every read, with the records of it: the next one waits for it. */
  progress?: ((records: number) => void | Promise<void>) | undefined;
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

/**
 * How much of a partition's log nobody needs any more, read from its start as far as nothing holds it, and on to where the
 * archived streams end that a cut there would part.
 * @throws what the log and the store throw, and the signal's reason once it is aborted.
 */
export async function logCutOf(
  ports: CutPorts,
  projection: Projection,
  partition: number,
  { nowMs, to = Number.MAX_SAFE_INTEGER, signal, progress }: CutRequest,
): Promise<LogCut> {
  const { log, store, rulebook } = ports;
  const { topic } = projection;
  const { start } = await log.range(topic, partition);
  const outer = await outerHold(log, store, projection, partition, nowMs);
  const pointer = await readPointer(store, projection);
  const slot = slotOf(generationOf(projection, liveGeneration(pointer, partition)), partition);
  const { results } = await store.read(slot, [{ kind: 'fields', name: SKIPS }]);
  const scan = new CutScan({ rulebook, skips: SkipLog.load(results[0]), outer, start });
  const streams = new Map<string, NamedStream>();
  // A place where the log begins already is none.
  for (let at = start; at <= scan.end && scan.end > start;) {
    signal?.throwIfAborted();
    const { records, next } = await log.read(topic, partition, at);
    const where = { projection, partition, streams, texts: new Map<string, string>() };
    const seen = records.map((record): Seen => [record, decodeRecord(record, where)]);
    await meetStreams(store, slot, scan, seen);
    for (const one of seen) if (one[0].offset <= scan.end) scan.record(...one);
    await progress?.(records.length);
    if (next <= at) break;
    at = next;
    if (streams.size > NAMES_MAX) streams.clear();
    scan.makeRoom();
  }
  return scan.cut(to);
}
