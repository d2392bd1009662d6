import type { Claim } from '@refold/domain';
import type { NamedStream } from '../fold/decode.js';
import { contentKey } from '../fold/fold-context.js';
import type { Item, JudgedContent } from '../fold/fold-context.js';
import type { Read, ReadResults, Slot, ViewStore } from '../ports/view-store.js';
import {
  emptyStream,
  findAccepted,
  isWholeInMemory,
  missingBuckets,
} from '../slot/cached-stream.js';
import type { CachedStream } from '../slot/cached-stream.js';
import * as names from '../slot/names.js';
import { decodeBucket } from '../slot/register.js';
import type { Bucket } from '../slot/register.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chunkOf, decodeLine, firstSeqOf, linesOf } from '../slot/timeline.js';

/** Reads per round trip; a batch that needs more takes several. */
const READS_MAX = 500;

/** The slot moved on under its owner: everything in memory is void. */
export class SlotMoved extends Error {
  override readonly name = 'SlotMoved';
}

/** Reads of one slot, all at the checkpoint the cache stands on. */
export class SlotReads {
  readonly #store: ViewStore;
  readonly #slot: Slot;
  readonly #expected: string | null;

  constructor(store: ViewStore, slot: Slot, expected: string | null) {
    this.#store = store;
    this.#slot = slot;
    this.#expected = expected;
  }

  /** @throws SlotMoved when somebody else has committed since. */
  async all<K extends 'get' | 'list' | 'fields'>(
    kind: K,
    wanted: readonly string[],
  ): Promise<ReadResults[K][]> {
    const reads = wanted.map((name): Read => ({ kind, name }));
    return (await this.each(reads)) as ReadResults[K][];
  }

  /** @throws SlotMoved when somebody else has committed since. */
  async each(reads: readonly Read[]): Promise<ReadResults[Read['kind']][]> {
    const results: ReadResults[Read['kind']][] = [];
    for (let at = 0; at < reads.length; at += READS_MAX) {
      const snapshot = await this.#store.read(this.#slot, reads.slice(at, at + READS_MAX));
      if (snapshot.checkpoint !== this.#expected) throw new SlotMoved('the checkpoint moved');
      results.push(...snapshot.results);
    }
    return results;
  }
}

/** The claims of one stream in a batch. */
interface Group {
  stream: CachedStream;
  claims: Claim[];
}

/**
 * Loads into the cache all that judging these items can ask for: documents, the buckets of the
 * register in which their identities may stand, and the events that identities point at. Gives every
 * item its stream. Returns the contents of those events and the streams of the batch.
 *
 * @param nameOf Where the documents are: those that are read, or their shadows.
 */
export async function loadBatch(
  store: ViewStore,
  slot: Slot,
  cache: SlotCache,
  items: readonly Item[],
  nameOf: (subject: string) => string = names.documentName,
): Promise<{ committed: Map<string, JudgedContent>; streams: CachedStream[] }> {
  const reads = new SlotReads(store, slot, cache.text);
  const { groups, unknown } = groupByStream(cache, items);
  await loadDocuments(reads, cache, unknown, nameOf);
  await loadBuckets(reads, cache, groups);
  const committed = await loadContents(reads, groups);
  return { committed, streams: groups.map(({ stream }) => stream) };
}

/** The stream that a record is about; null: it is about none. */
function streamIn(decoded: Item['decoded']): NamedStream | null {
  if (decoded.kind === 'claim') return decoded.claim;
  return decoded.kind === 'skip' ? decoded.stream : null;
}

function groupByStream(
  cache: SlotCache,
  items: readonly Item[],
): { groups: Group[]; unknown: CachedStream[] } {
  const groups = new Map<string, Group>();
  const unknown: CachedStream[] = [];
  for (const item of items) {
    const { decoded } = item;
    const named = streamIn(decoded);
    if (named === null) continue;
    let group = groups.get(named.subject);
    if (group === undefined) {
      let stream = cache.get(named.subject);
      if (stream === undefined) {
        stream = emptyStream(named.kind, named.streamId);
        unknown.push(stream);
      }
      groups.set(named.subject, (group = { stream, claims: [] }));
    }
    if (decoded.kind === 'claim') group.claims.push(decoded.claim);
    item.stream = group.stream;
  }
  return { groups: [...groups.values()], unknown };
}

/** Reads documents into the cache, with what lapses of their streams. */
export async function loadDocuments(
  reads: SlotReads,
  cache: SlotCache,
  streams: readonly CachedStream[],
  nameOf: (subject: string) => string,
): Promise<void> {
  if (streams.length === 0) return;
  const texts = await reads.all(
    'get',
    streams.map((stream) => nameOf(stream.subject)),
  );
  streams.forEach((stream, i) => {
    const text = texts[i] ?? null;
    stream.document = text === null ? null : decodeDocument(text);
    stream.documentLength = text?.length ?? 0;
  });
  await loadTransients(reads, streams);
  streams.forEach((stream) => cache.put(stream));
}

async function loadTransients(reads: SlotReads, streams: readonly CachedStream[]): Promise<void> {
  const wanted = streams.flatMap((stream) =>
    (stream.document?.transientDays ?? []).map((day) => ({ stream, day })),
  );
  const transientNames = wanted.map(({ stream, day }) =>
    names.transientName(stream.subject, stream.document?.incarnation ?? 0, day),
  );
  const lists = await reads.all('list', transientNames);
  wanted.forEach(({ stream }, i) => {
    for (const entry of (lists[i] ?? []).flatMap((element) => element.split(','))) {
      const [time = '', seq = '', identity = ''] = entry.split(':');
      const parsed = { seq: Number.parseInt(seq, 36), time: Number.parseInt(time, 36) };
      stream.transients.set(identity, parsed);
    }
  });
}

async function loadBuckets(
  reads: SlotReads,
  cache: SlotCache,
  groups: readonly Group[],
): Promise<void> {
  const wanted = new Map<string, { stream: CachedStream; bucket: Bucket }>();
  for (const { stream, claims } of groups) {
    const { document } = stream;
    if (document === null || isWholeInMemory(stream)) continue;
    for (const claim of claims) {
      for (const bucket of missingBuckets(stream, claim.identity)) {
        const name = names.registerName(stream.subject, document.incarnation, bucket);
        wanted.set(name, { stream, bucket });
      }
    }
  }
  if (wanted.size === 0) return;
  const lists = await reads.all('list', [...wanted.keys()]);
  [...wanted.values()].forEach(({ stream, bucket }, i) => {
    const entries = decodeBucket(lists[i] ?? []);
    stream.buckets.set(bucket, entries);
    cache.grew(entries.size);
  });
}

interface Pointed {
  document: StreamDocument;
  seq: number;
  chunk: string;
}

async function loadContents(
  reads: SlotReads,
  groups: readonly Group[],
): Promise<Map<string, JudgedContent>> {
  const pointed = new Map<string, Pointed>();
  for (const { stream, claims } of groups) {
    const { document, subject } = stream;
    if (document === null) continue;
    for (const { identity } of claims) {
      const seq = findAccepted(stream, identity) ?? stream.transients.get(identity)?.seq;
      if (seq === undefined) continue;
      const chunk = names.timelineName(subject, document.incarnation, chunkOf(seq));
      pointed.set(contentKey(subject, seq), { document, seq, chunk });
    }
  }
  const contents = new Map<string, JudgedContent>();
  if (pointed.size === 0) return contents;
  const distinct = [...new Set([...pointed.values()].map(({ chunk }) => chunk))];
  const lists = await reads.all('list', distinct);
  const chunks = new Map(distinct.map((name, i) => [name, linesOf(lists[i] ?? [])]));
  for (const [key, { document, seq, chunk }] of pointed) {
    const line = chunks.get(chunk)?.[seq - firstSeqOf(chunkOf(seq))];
    if (line === undefined) throw new Error(`timeline of ${key} misses an accepted event`);
    const base = { createdAt: document.state?.createdAt ?? 0, first: document.first };
    contents.set(key, decodeLine(base, seq, line));
  }
  return contents;
}
