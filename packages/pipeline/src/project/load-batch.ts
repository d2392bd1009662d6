import { subjectOf } from '@refold/contracts';
import type { Claim } from '@refold/domain';
import { contentKey } from '../fold/fold-context.js';
import type { JudgedContent } from '../fold/fold-context.js';
import type { Read, ReadResults, Slot, ViewStore } from '../ports/view-store.js';
import { emptyStream, findAccepted, missingBuckets } from '../slot/cached-stream.js';
import type { CachedStream } from '../slot/cached-stream.js';
import * as names from '../slot/names.js';
import { decodeBucket } from '../slot/register.js';
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
class SlotReads {
  readonly #store: ViewStore;
  readonly #slot: Slot;
  readonly #expected: string | null;

  constructor(store: ViewStore, slot: Slot, expected: string | null) {
    this.#store = store;
    this.#slot = slot;
    this.#expected = expected;
  }

  /** @throws SlotMoved when somebody else has committed since. */
  async all<K extends 'get' | 'list'>(
    kind: K,
    wanted: readonly string[],
  ): Promise<ReadResults[K][]> {
    const results: ReadResults[K][] = [];
    for (let at = 0; at < wanted.length; at += READS_MAX) {
      const reads = wanted.slice(at, at + READS_MAX).map((name): Read => ({ kind, name }));
      const snapshot = await this.#store.read(this.#slot, reads);
      if (snapshot.checkpoint !== this.#expected) throw new SlotMoved('the checkpoint moved');
      results.push(...(snapshot.results as ReadResults[K][]));
    }
    return results;
  }
}

/**
 * Loads into the cache all that judging these claims can ask for: documents, the buckets of the
 * register in which their identities may stand, and the events that identities point at.
 * Returns the contents of those events.
 */
export async function loadBatch(
  store: ViewStore,
  slot: Slot,
  cache: SlotCache,
  claims: readonly Claim[],
): Promise<Map<string, JudgedContent>> {
  const reads = new SlotReads(store, slot, cache.text);
  await loadDocuments(reads, cache, claims);
  await loadBuckets(reads, cache, claims);
  return loadContents(reads, cache, claims);
}

const streamOf = (cache: SlotCache, claim: Claim): CachedStream | undefined =>
  cache.get(subjectOf(claim.kind, claim.streamId));

async function loadDocuments(
  reads: SlotReads,
  cache: SlotCache,
  claims: readonly Claim[],
): Promise<void> {
  const unknown = new Map<string, CachedStream>();
  for (const { kind, streamId } of claims) {
    const subject = subjectOf(kind, streamId);
    if (!cache.has(subject) && !unknown.has(subject)) {
      unknown.set(subject, emptyStream(kind, streamId));
    }
  }
  if (unknown.size === 0) return;
  const streams = [...unknown.values()];
  const texts = await reads.all(
    'get',
    streams.map((s) => names.documentName(s.subject)),
  );
  streams.forEach((stream, i) => {
    const text = texts[i] ?? null;
    stream.document = text === null ? null : decodeDocument(text);
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
  claims: readonly Claim[],
): Promise<void> {
  const wanted = new Map<string, { stream: CachedStream; bucket: string }>();
  for (const claim of claims) {
    const stream = streamOf(cache, claim);
    if (stream?.document == null) continue;
    for (const bucket of missingBuckets(stream, claim.identity)) {
      const name = names.registerName(stream.subject, stream.document.incarnation, bucket);
      wanted.set(name, { stream, bucket });
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
  stream: CachedStream;
  document: StreamDocument;
  seq: number;
}

async function loadContents(
  reads: SlotReads,
  cache: SlotCache,
  claims: readonly Claim[],
): Promise<Map<string, JudgedContent>> {
  const pointed = new Map<string, Pointed>();
  for (const { kind, streamId, identity } of claims) {
    const stream = cache.get(subjectOf(kind, streamId));
    const document = stream?.document;
    if (stream === undefined || document == null) continue;
    const seq = findAccepted(stream, identity) ?? stream.transients.get(identity)?.seq;
    if (seq !== undefined) pointed.set(contentKey(stream.subject, seq), { stream, document, seq });
  }
  const contents = new Map<string, JudgedContent>();
  if (pointed.size === 0) return contents;
  const chunkNames = [...pointed.values()].map(({ stream, document, seq }) =>
    names.timelineName(stream.subject, document.incarnation, chunkOf(seq)),
  );
  const distinct = [...new Set(chunkNames)];
  const lists = await reads.all('list', distinct);
  const chunks = new Map(distinct.map((name, i) => [name, linesOf(lists[i] ?? [])]));
  [...pointed.entries()].forEach(([key, { document, seq }], i) => {
    const line = chunks.get(chunkNames[i] ?? '')?.[seq - firstSeqOf(chunkOf(seq))];
    if (line === undefined) throw new Error(`timeline of ${key} misses an accepted event`);
    const base = { createdAt: document.state?.createdAt ?? 0, first: document.first };
    contents.set(key, decodeLine(base, seq, line));
  });
  return contents;
}
