import type { EventLog, Offset } from '../ports/event-log.js';
import type { Read, ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { documentName } from '../slot/names.js';
import { decodeDocument } from '../slot/stream-document.js';
import { scanPartition } from './scan-partition.js';
import type { ReadAmount, Scan } from './scan-partition.js';

/** Which streams of one partition are meant. */
export type Selection =
  /** Every stream with a claim below `to`. */
  | { kind: 'all'; to: Offset }
  /** Streams with at least one claim in [from, to). */
  | { kind: 'range'; from: Offset; to: Offset }
  /** Streams named by their subjects. */
  | { kind: 'streams'; subjects: readonly string[]; to: Offset };

/** A selected stream, and what was scanned of it so far. */
export interface SelectedStream {
  /** Where its first claim stands, as its document or the scan says; null when neither knows. */
  first: Offset | null;
  /** It has a document, so nothing of it lies before `first`. */
  known: boolean;
  claims: number;
  /** UTF-8 bytes of the keys and values of those claims. */
  bytes: number;
  /** How many of those claims name who waits for the verdict. */
  asked: number;
}

export interface SelectedStreams {
  /** Streams that can be folded anew, by subject. */
  streams: Map<string, SelectedStream>;
  /** Subjects of streams whose first claim the log no longer holds: they stay as they are. */
  unrebuildable: string[];
  /** [scannedFrom, to) was read to select them, and the claims in it are counted; `to` when nothing was. */
  scannedFrom: Offset;
  /** Where folding `streams` anew begins: the smallest `first`; `to` when there is none. */
  readFrom: Offset;
  /** What was read for [scannedFrom, to). */
  read: ReadAmount;
}

/** Most streams of one partition that are selected, about 100 MiB: memory is bounded by it. */
export const SELECTED_STREAMS_MAX = 500_000;

/** Documents read at once: they may be large, and only one number of each is kept. */
const DOCUMENTS_AT_ONCE = 200;

/** More streams than one operation takes. */
export class TooManyStreams extends Error {
  override readonly name = 'TooManyStreams';
  readonly most: number;
  constructor(where: string, most: number) {
    super(
      `${where}: more than ${most} streams are selected: ` +
        'choose a shorter range, or build the partition anew as a generation',
    );
    this.most = most;
  }
}

interface SelectPorts {
  log: Pick<EventLog, 'read' | 'range'>;
  store: Pick<ViewStore, 'read'>;
}

/**
 * Finds the streams that a selection means and where folding them anew has to begin. Reads the
 * selected stretch of the log once and one document per stream; writes nothing. Memory: one batch,
 * and one entry per selected stream, of which there are at most `most`.
 * @throws TooManyStreams, and what {@link scanPartition} throws.
 */
export async function selectStreams(
  { log, store }: SelectPorts,
  projection: Projection,
  partition: number,
  selection: Selection,
  watch: Pick<Scan, 'signal' | 'progress'> = {},
  most = SELECTED_STREAMS_MAX,
): Promise<SelectedStreams> {
  const where = `${projection.topic}/${partition}`;
  const { start } = await log.range(projection.topic, partition);
  const { to } = selection;
  const scannedFrom = Math.min(to, scanStart(selection, start));
  const streams = new Map<string, SelectedStream>();
  const add = (subject: string, first: Offset | null): SelectedStream => {
    if (streams.size >= most) throw new TooManyStreams(where, most);
    const stream: SelectedStream = { first, known: false, claims: 0, bytes: 0, asked: 0 };
    streams.set(subject, stream);
    return stream;
  };
  if (selection.kind === 'streams') {
    for (const subject of new Set(selection.subjects)) add(subject, null);
  }
  const read = await scanPartition(log, projection, partition, {
    ...watch,
    from: scannedFrom,
    to,
    visit(decoded, bytes) {
      if (decoded.kind !== 'claim') return;
      const { subject, offset, replyTo } = decoded.claim;
      const stream = streams.get(subject) ?? add(subject, offset);
      stream.claims += 1;
      stream.bytes += bytes;
      if (replyTo !== null) stream.asked += 1;
    },
  });
  await readFirsts(store, projection, partition, streams, watch.signal);
  const unrebuildable: string[] = [];
  let readFrom = to;
  for (const [subject, { first, known }] of streams) {
    const begins = known && first !== null ? first : start;
    if (begins < start) {
      unrebuildable.push(subject);
      streams.delete(subject);
    } else {
      readFrom = Math.min(readFrom, begins);
    }
  }
  return { streams, unrebuildable, scannedFrom, readFrom, read };
}

function scanStart(selection: Selection, logStart: Offset): Offset {
  switch (selection.kind) {
    case 'all':
      return logStart;
    case 'range':
      return Math.max(logStart, selection.from);
    case 'streams':
      return selection.to;
  }
}

/**
 * Where a stream begins does not change while it lives, so the reads need no common checkpoint. A
 * claim that was seen before the document's `first` was refused before it: it is judged anew, too.
 */
async function readFirsts(
  store: Pick<ViewStore, 'read'>,
  projection: Projection,
  partition: number,
  streams: ReadonlyMap<string, SelectedStream>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const slot = slotOf(projection, partition);
  const all = [...streams];
  for (let at = 0; at < all.length; at += DOCUMENTS_AT_ONCE) {
    signal?.throwIfAborted();
    const some = all.slice(at, at + DOCUMENTS_AT_ONCE);
    const reads = some.map(([subject]): Read => ({ kind: 'get', name: documentName(subject) }));
    const { results } = await store.read(slot, reads);
    some.forEach(([, stream], i) => {
      const text = results[i] as string | null;
      if (text === null) return;
      const { first } = decodeDocument(text);
      stream.known = true;
      stream.first = Math.min(first, stream.first ?? first);
    });
  }
}
