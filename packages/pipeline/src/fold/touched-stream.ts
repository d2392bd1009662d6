import type { Claim, Entry, StreamEvent, View } from '@refold/domain';
import type { Writes } from '../ports/view-store.js';
import { documentWeight } from '../slot/cached-stream.js';
import type { CachedStream } from '../slot/cached-stream.js';
import * as names from '../slot/names.js';
import { addToRuns, bucketOf, encodeRuns, segmentOf } from '../slot/register.js';
import type { Bucket, RegisterRun } from '../slot/register.js';
import { encodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chunkOf, encodeLine } from '../slot/timeline.js';
import { verdictEntries } from '../slot/verdict-digest.js';

const DAY_MS = 86_400_000;

/**
 * f(document) over all views of its kind, the place of a stream that stands parked, or that no view lists, and what it
 * adds to the digest of its slot.
 */
export function entriesOf(stream: CachedStream, views: readonly View[]): Entry[] {
  const document = stream.document;
  if (document === null) return [];
  const entries: Entry[] = [];
  if (document.parked !== null) {
    entries.push({ type: 'rank', index: 'parked', score: document.parked.offset });
  }
  const { state } = document;
  if (state === null) return entries;
  entries.push(...verdictEntries(stream.subject, document));
  for (const view of views) {
    const viewDocument = document.views[view.name];
    if (viewDocument === undefined) continue;
    try {
      entries.push(...view.entries(viewDocument, state));
    } catch (error) {
      noteViewFault(document, view.name, document.next - 1, error);
    }
  }
  const list = names.listOf(stream.kind);
  if (!entries.some((entry) => entry.type === 'rank' && entry.index === list)) {
    entries.push({ type: 'rank', index: names.unlistedOf(stream.kind), score: state.createdAt });
  }
  return entries;
}

const MESSAGE_MAX = 500;

/** What an error says, short enough to be kept with a stream. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(
    0,
    MESSAGE_MAX,
  );

/** Remembers the first fault of a view: the verdict is given all the same. */
export function noteViewFault(
  document: StreamDocument,
  view: string,
  offset: number,
  error: unknown,
): void {
  if (document.viewFaults.some((fault) => fault.view === view)) return;
  const fault = { view, offset, error: messageOf(error) };
  document.viewFaults = [...document.viewFaults, fault];
}

/** What one commit adds to one stream; emits its writes once, when the commit is cut. */
export class TouchedStream {
  readonly stream: CachedStream;
  readonly #views: readonly View[];
  readonly #before: Entry[];
  /** The lines of each chunk, joined: a text that grows costs less than one put together in the end. */
  readonly #lines = new Map<number, string>();
  readonly #register = new Map<Bucket, RegisterRun[]>();
  readonly #transients = new Map<number, string[]>();
  readonly #dropped: string[] = [];

  constructor(stream: CachedStream, views: readonly View[]) {
    this.stream = stream;
    this.#views = views;
    this.#before = entriesOf(stream, views);
  }

  /** Appends an accepted event to the timeline. Returns the size of its line. */
  addEvent(document: StreamDocument, event: StreamEvent, claim: Claim): number {
    const base = { createdAt: document.state?.createdAt ?? 0, first: document.first };
    const { offset, expectedSeq, dataText } = claim;
    const line = encodeLine(base, { event, offset, expectedSeq, dataText });
    const chunk = chunkOf(event.seq);
    const lines = this.#lines.get(chunk);
    this.#lines.set(chunk, lines === undefined ? line : `${lines}\n${line}`);
    return line.length;
  }

  /** Enters an identity into the register for the life of the stream. */
  register(seq: number, identity: string): void {
    const bucket = bucketOf(segmentOf(seq), identity);
    let runs = this.#register.get(bucket);
    if (runs === undefined) this.#register.set(bucket, (runs = []));
    addToRuns(runs, seq, identity);
    const known = this.stream.buckets.get(bucket);
    if (known === undefined) this.stream.buckets.set(bucket, new Map([[identity, seq]]));
    else known.set(identity, seq);
  }

  /**
   * Enters an identity that lapses; whole days leave the store when they are over for good. Returns
   * by how many the identities in memory have grown.
   */
  registerTransient(document: StreamDocument, seq: number, identity: string, time: number): number {
    let forgotten = 0;
    const { stream } = this;
    const day = Math.floor(time / DAY_MS);
    if (!document.transientDays.includes(day)) {
      const over = document.transientDays.filter((d) => d < day - 1);
      this.#dropped.push(
        ...over.map((d) => names.transientName(stream.subject, document.incarnation, d)),
      );
      document.transientDays = [...document.transientDays.filter((d) => d >= day - 1), day];
      for (const [known, entry] of stream.transients) {
        if (entry.time >= (day - 1) * DAY_MS) continue;
        stream.transients.delete(known);
        forgotten += 1;
      }
    }
    const entry = `${time.toString(36)}:${seq.toString(36)}:${identity}`;
    const entries = this.#transients.get(day);
    if (entries === undefined) this.#transients.set(day, [entry]);
    else entries.push(entry);
    stream.transients.set(identity, { seq, time });
    return 1 - forgotten;
  }

  /**
   * The writes of this stream; counters are summed by the caller over all streams. Returns by how much
   * the weight of the document has grown.
   */
  emit(writes: Writes, counters: Map<string, number>): number {
    const { document, subject, streamId, documentLength } = this.stream;
    if (document === null) return 0;
    const after = entriesOf(this.stream, this.#views);
    const text = encodeDocument(document);
    writes.set.push([names.documentName(subject), text]);
    this.stream.documentLength = text.length;
    for (const [chunk, lines] of this.#lines) {
      const name = names.timelineName(subject, document.incarnation, chunk);
      writes.push.push([name, lines]);
    }
    for (const [bucket, runs] of this.#register) {
      const name = names.registerName(subject, document.incarnation, bucket);
      writes.push.push([name, encodeRuns(runs)]);
    }
    for (const [day, entries] of this.#transients) {
      const name = names.transientName(subject, document.incarnation, day);
      writes.push.push([name, entries.join(',')]);
    }
    writes.remove.push(...this.#dropped);
    emitDifference(streamId, this.#before, after, writes, counters);
    return documentWeight(text.length) - documentWeight(documentLength);
  }
}

/** entries(new) − entries(old), as index moves and counter amounts. */
export function emitDifference(
  streamId: string,
  before: readonly Entry[],
  after: readonly Entry[],
  writes: Writes,
  counters: Map<string, number>,
): void {
  const count = (counter: string, amount: number): void => {
    counters.set(counter, (counters.get(counter) ?? 0) + amount);
  };
  const old = new Map<string, number>();
  for (const entry of before) {
    if (entry.type === 'rank') old.set(entry.index, entry.score);
    else count(entry.counter, -entry.amount);
  }
  for (const entry of after) {
    if (entry.type === 'count') {
      count(entry.counter, entry.amount);
      continue;
    }
    if (old.get(entry.index) !== entry.score) {
      writes.rank.push([names.indexName(entry.index), streamId, entry.score]);
    }
    old.delete(entry.index);
  }
  for (const index of old.keys()) writes.unrank.push([names.indexName(index), streamId]);
}
