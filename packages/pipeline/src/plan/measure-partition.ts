import type { EventLog, Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import type { RefoldTask } from '../refold/refold-task.js';
import { scanPartition } from '../refold/scan-partition.js';
import type { ReadAmount, Scan } from '../refold/scan-partition.js';
import { StreamSelection, joinsLater } from '../refold/select-streams.js';
import type { SelectedStream } from '../refold/select-streams.js';
import { StreamStarts } from '../refold/shadow-starts.js';
import { documentName } from '../slot/names.js';

/** Documents read at once: they may be large, and little of each is kept. */
const DOCUMENTS_AT_ONCE = 200;

export type Watch = Pick<Scan, 'signal' | 'progress'>;

/** What a plan needs to know of a task, which is not an operation's yet. */
export type PlannedTask = Omit<RefoldTask, 'operation'>;

/** What carrying out a task comes to, found out by the rules by which it is carried out. */
export interface Measured {
  /** Streams that can be folded anew, with all their claims in [readFrom, to). */
  streams: ReadonlyMap<string, SelectedStream>;
  /** Subjects of streams whose first claim the log no longer holds: they stay as they are. */
  unrebuildable: string[];
  readFrom: Offset;
  /** What lies in [readFrom, to). */
  read: ReadAmount;
}

export interface MeasurePorts {
  log: Pick<EventLog, 'read' | 'range'>;
  store: Pick<ViewStore, 'read'>;
}

/**
 * Reads each record of the log at most once, but for what precedes the first selected claim, and one
 * document per stream; writes nothing. Memory: one batch, and one entry per selected stream.
 * @param logStart The first offset that the log holds.
 * @throws TooManyStreams, and what {@link scanPartition} throws.
 */
export async function measurePartition(
  { log, store }: MeasurePorts,
  projection: Projection,
  partition: number,
  task: PlannedTask,
  logStart: Offset,
  watch: Watch,
): Promise<Measured> {
  const selection = new StreamSelection(projection, partition, task, logStart);
  const { streams, from, to } = selection;
  const scanned = await scanPartition(log, projection, partition, {
    ...watch,
    from,
    to,
    visit(decoded, bytes) {
      if (decoded.kind === 'claim') selection.claim(decoded.claim, bytes);
    },
  });
  const starts = new StreamStarts(logStart);
  const texts = documentsOf(store, projection, partition, [...streams.keys()], watch.signal);
  const unrebuildable: string[] = [];
  for await (const [subject, text] of texts) {
    if (starts.note(subject, text)) continue;
    streams.delete(subject);
    unrebuildable.push(subject);
  }
  const { offset: readFrom } = starts.starts(to, joinsLater(task));
  // Either more is read than to select, or less: where nothing that stands first is folded again.
  const sign = readFrom < from ? 1 : -1;
  const rest = await scanPartition(log, projection, partition, {
    ...watch,
    from: Math.min(readFrom, from),
    to: Math.min(to, Math.max(readFrom, from)),
    visit(decoded, bytes) {
      const stream = decoded.kind === 'claim' ? streams.get(decoded.claim.subject) : undefined;
      if (stream === undefined || decoded.kind !== 'claim') return;
      stream.claims += sign;
      stream.bytes += sign * bytes;
      if (decoded.claim.replyTo !== null) stream.asked += sign;
    },
  });
  const read = {
    records: scanned.records + sign * rest.records,
    bytes: scanned.bytes + sign * rest.bytes,
    deadLetters: scanned.deadLetters + sign * rest.deadLetters,
  };
  return { streams, unrebuildable, readFrom, read };
}

/** Where a stream begins does not change while it lives, so the reads need no common checkpoint. */
async function* documentsOf(
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  partition: number,
  subjects: readonly string[],
  signal: AbortSignal | undefined,
): AsyncIterable<[string, string | null]> {
  const slot = slotOf(projection, partition);
  for (let at = 0; at < subjects.length; at += DOCUMENTS_AT_ONCE) {
    signal?.throwIfAborted();
    const page = subjects.slice(at, at + DOCUMENTS_AT_ONCE);
    const reads = page.map((subject) => ({ kind: 'get' as const, name: documentName(subject) }));
    const { results } = await store.read(slot, reads);
    for (const [i, subject] of page.entries()) yield [subject, results[i] ?? null];
  }
}
