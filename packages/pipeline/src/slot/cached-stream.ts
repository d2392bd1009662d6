import { subjectOf } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import { bucketsOf } from './register.js';
import type { Bucket } from './register.js';
import type { StreamDocument } from './stream-document.js';

/** A transient identity and when it was accepted. */
export interface TransientEntry {
  seq: number;
  time: number;
}

/** A stream as its slot's owner holds it in memory: the committed document and what is needed to judge. */
export interface CachedStream {
  readonly kind: StreamKind;
  readonly streamId: string;
  readonly subject: string;
  /** Null: the stream does not exist. */
  document: StreamDocument | null;
  /** Length of the document's text as it was last read or written; 0 = there is none. */
  documentLength: number;
  /** Loaded buckets of the register; a bucket is absent or complete. */
  readonly buckets: Map<Bucket, Map<string, number>>;
  readonly transients: Map<string, TransientEntry>;
}

export const emptyStream = (kind: StreamKind, streamId: string): CachedStream => ({
  kind,
  streamId,
  subject: subjectOf(kind, streamId),
  document: null,
  documentLength: 0,
  buckets: new Map(),
  transients: new Map(),
});

/** The only bucket of a register of up to 512 identities. */
const FIRST_BUCKET: Bucket = 0;

/** True while the register has one bucket and that one is loaded: nothing more can be missing. */
export const isWholeInMemory = (stream: CachedStream): boolean =>
  (stream.document?.state?.seq ?? 0) <= 512 && stream.buckets.has(FIRST_BUCKET);

/** Buckets that must be loaded before this identity can be looked up. */
export const missingBuckets = (stream: CachedStream, identity: string): Bucket[] =>
  bucketsOf(stream.document?.state?.seq ?? 0, identity).filter((b) => !stream.buckets.has(b));

/** The seq of an accepted identity, from the loaded buckets. */
export function findAccepted(stream: CachedStream, identity: string): number | undefined {
  const seq = stream.document?.state?.seq ?? 0;
  if (seq > 0 && seq <= 512) return stream.buckets.get(FIRST_BUCKET)?.get(identity);
  for (const bucket of bucketsOf(seq, identity)) {
    const found = stream.buckets.get(bucket)?.get(identity);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a document costs in memory, in identities of about a hundred bytes. */
export const documentWeight = (length: number): number => Math.ceil(length / 100);

/** Roughly what the stream costs in memory, in identities. */
export function weightOf(stream: CachedStream): number {
  let weight = 8 + documentWeight(stream.documentLength) + stream.transients.size;
  for (const bucket of stream.buckets.values()) weight += bucket.size;
  return weight;
}
