import { parseSubject } from '@refold/contracts';
import type { RefusalCode, RefusalDetail } from '@refold/contracts';
import { contentDigest } from '@refold/domain';
import type { ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import * as names from '../slot/names.js';
import { bucketsOf, decodeBucket } from '../slot/register.js';
import { decodeRefusal } from '../slot/refusals.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chunkOf, decodeLine, firstSeqOf, linesOf } from '../slot/timeline.js';

/** What identifies a published claim, so that its verdict can be looked up later. */
export interface Receipt {
  projection: string;
  subject: string;
  identity: string;
  /** The claim's own ID, as its sender knows it. */
  eventId: string;
  /** Digest of the claim's content: tells a repetition from a conflict. */
  content: string;
  partition: number;
  /** Null: the outcome of publishing was unknown. */
  offset: number | null;
}

/** What became of a claim. */
export type ReceiptState =
  | { state: 'pending' }
  | { state: 'accepted'; seq: number; recordedAt: number; replayed: boolean }
  | { state: 'rejected'; code: RefusalCode; detail: RefusalDetail }
  | { state: 'parked'; error: string }
  | { state: 'dead_letter'; reason: string }
  /** Judged, but the verdict is no longer kept (refusals lapse after 24 hours). */
  | { state: 'unknown' };

/** A receipt as clients hold it: opaque to them. */
export const encodeReceipt = (r: Receipt): string =>
  Buffer.from(
    JSON.stringify([
      r.projection,
      r.subject,
      r.identity,
      r.eventId,
      r.content,
      r.partition,
      r.offset,
    ]),
  ).toString('base64url');

/** Null for a text that {@link encodeReceipt} has not written. */
export function decodeReceipt(token: string): Receipt | null {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(fields) || fields.length !== 7) return null;
  const [projection, subject, identity, eventId, content, partition, offset] = fields as unknown[];
  const texts = [projection, subject, identity, eventId, content];
  if (!texts.every((text) => typeof text === 'string')) return null;
  if (!Number.isSafeInteger(partition) || (partition as number) < 0) return null;
  if (offset !== null && (!Number.isSafeInteger(offset) || (offset as number) < 0)) return null;
  if (parseSubject(subject as string) === null) return null;
  return { projection, subject, identity, eventId, content, partition, offset } as Receipt;
}

/** Looks a claim's verdict up in the store. */
export async function judgementOf(
  store: ViewStore,
  projection: Projection,
  receipt: Receipt,
): Promise<ReceiptState> {
  const slot = slotOf(projection, receipt.partition);
  const deadField = String(receipt.offset ?? -1);
  const { checkpoint, results } = await store.read(slot, [
    { kind: 'get', name: names.documentName(receipt.subject) },
    { kind: 'field', name: names.REFUSALS, field: receipt.identity },
    { kind: 'field', name: names.DEAD_LETTERS, field: deadField },
  ]);
  const [documentText, refusal, deadLetter] = results;
  const next = checkpoint === null ? 0 : decodeCheckpoint(checkpoint).next;
  if (receipt.offset !== null && next <= receipt.offset) return { state: 'pending' };
  if (deadLetter !== null) {
    const { reason } = JSON.parse(deadLetter) as { reason: string };
    return { state: 'dead_letter', reason };
  }
  const document = documentText === null ? null : decodeDocument(documentText);
  const accepted = document === null ? null : await findEvent(store, slot, receipt, document);
  if (accepted !== null) return accepted;
  if (refusal !== null) {
    const { code, detail } = decodeRefusal(refusal);
    return { state: 'rejected', code, detail };
  }
  const parked = document?.parked ?? null;
  if (parked !== null && (receipt.offset ?? parked.offset) >= parked.offset) {
    return { state: 'parked', error: parked.error };
  }
  return receipt.offset === null ? { state: 'pending' } : { state: 'unknown' };
}

async function findEvent(
  store: ViewStore,
  slot: ReturnType<typeof slotOf>,
  receipt: Receipt,
  document: StreamDocument,
): Promise<ReceiptState | null> {
  const seq = await findSeq(store, slot, receipt, document);
  if (seq === null) return null;
  const name = names.timelineName(receipt.subject, document.incarnation, chunkOf(seq));
  const { results } = await store.read(slot, [{ kind: 'list', name }]);
  const line = linesOf(results[0])[seq - firstSeqOf(chunkOf(seq))];
  if (line === undefined) return null;
  const base = { createdAt: document.state?.createdAt ?? 0, first: document.first };
  const event = decodeLine(base, seq, line);
  const content = contentDigest({ ...event, subject: receipt.subject });
  if (content !== receipt.content) {
    return { state: 'rejected', code: 'idempotency_conflict', detail: { seq } };
  }
  const replayed = receipt.offset !== null && receipt.offset !== event.offset;
  return { state: 'accepted', seq, recordedAt: event.recordedAt, replayed };
}

async function findSeq(
  store: ViewStore,
  slot: ReturnType<typeof slotOf>,
  { subject, identity }: Receipt,
  document: StreamDocument,
): Promise<number | null> {
  const { incarnation, transientDays } = document;
  const buckets = bucketsOf(document.state?.seq ?? 0, identity);
  const { results } = await store.read(slot, [
    ...buckets.map((bucket) => ({
      kind: 'list' as const,
      name: names.registerName(subject, incarnation, bucket),
    })),
    ...transientDays.map((day) => ({
      kind: 'list' as const,
      name: names.transientName(subject, incarnation, day),
    })),
  ]);
  for (const elements of results.slice(0, buckets.length)) {
    const seq = decodeBucket(elements).get(identity);
    if (seq !== undefined) return seq;
  }
  for (const elements of results.slice(buckets.length)) {
    const entry = elements.flatMap((e) => e.split(',')).find((e) => e.endsWith(`:${identity}`));
    if (entry !== undefined) return Number.parseInt(entry.split(':')[1] ?? '', 36);
  }
  return null;
}
