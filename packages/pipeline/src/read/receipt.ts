import { parseSubject } from '@refold/contracts';
import type { RefusalCode, RefusalDetail } from '@refold/contracts';
import { contentDigest, identityOf } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import * as names from '../slot/names.js';
import { bucketsOf, decodeBucket } from '../slot/register.js';
import { decodeRefusal } from '../slot/refusals.js';
import type { Refusal } from '../slot/refusals.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chunkOf, decodeLine, firstSeqOf, linesOf } from '../slot/timeline.js';
import type { LiveReads, LiveSlots } from './live-reads.js';

/** What identifies a published claim, so that its verdict can be looked up later. */
export interface Receipt {
  projection: string;
  subject: string;
  /** With the claim's ID its identity. */
  source: string;
  /** The claim's own ID, as its sender knows it. */
  eventId: string;
  /**
   * Digest of the claim's content: tells a repetition from a conflict. Null: the claim's ID was made for
   * it and told to nobody before it was stored at `offset`, so that no other claim can have had it first.
   */
  content: string | null;
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

/** The format of the token; a token of another one is refused, not misread. */
const RECEIPT_VERSION = 1;

/** A receipt as clients hold it: opaque to them. */
export const encodeReceipt = (r: Receipt): string =>
  Buffer.from(
    JSON.stringify([
      RECEIPT_VERSION,
      r.projection,
      r.subject,
      r.source,
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
  if (!Array.isArray(fields) || fields.length !== 8) return null;
  const [version, projection, subject, source, eventId, content, partition, offset] =
    fields as unknown[];
  if (version !== RECEIPT_VERSION) return null;
  const texts = [projection, subject, source, eventId, content ?? ''];
  if (!texts.every((text) => typeof text === 'string')) return null;
  if (!Number.isSafeInteger(partition) || (partition as number) < 0) return null;
  if (content === null && offset === null) return null;
  if (offset !== null && (!Number.isSafeInteger(offset) || (offset as number) < 0)) return null;
  if (parseSubject(subject as string) === null) return null;
  return { projection, subject, source, eventId, content, partition, offset } as Receipt;
}

/** The store does not hold the verdict yet, or not any more: it came back older between two reads. */
const PENDING: ReceiptState = { state: 'pending' };

const isBehind = (checkpoint: Checkpoint | null, { offset }: Receipt): boolean =>
  offset !== null && (checkpoint?.next ?? 0) <= offset;

const identityOfClaim = ({ subject, source, eventId }: Receipt): string =>
  identityOf(subject, source, eventId);

/** Looks a claim's verdict up in the store. */
export const judgementOf = (live: LiveReads, receipt: Receipt): Promise<ReceiptState> =>
  live.answer((slots) => judged(slots, receipt));

async function judged(slots: LiveSlots, receipt: Receipt): Promise<ReceiptState> {
  const deadField = String(receipt.offset ?? -1);
  const { checkpoint, results } = await slots.read(receipt.partition, [
    { kind: 'get', name: names.documentName(receipt.subject) },
    { kind: 'field', name: names.REFUSALS, field: identityOfClaim(receipt) },
    { kind: 'field', name: names.DEAD_LETTERS, field: deadField },
  ]);
  const [documentText, refusal, deadLetter] = results;
  if (isBehind(checkpoint, receipt)) return PENDING;
  if (deadLetter !== null) {
    const { reason } = JSON.parse(deadLetter) as { reason: string };
    return { state: 'dead_letter', reason };
  }
  const document = documentText === null ? null : decodeDocument(documentText);
  const refused = refusal === null ? null : refusalOf(receipt, decodeRefusal(refusal));
  const accepted = document === null ? null : await findEvent(slots, receipt, document, refused);
  if (accepted !== null) return accepted;
  if (refused !== null) return refusedState(receipt, refused);
  const parked = document?.parked ?? null;
  if (parked !== null && (receipt.offset ?? parked.offset) >= parked.offset) {
    return { state: 'parked', error: parked.error };
  }
  return receipt.offset === null ? PENDING : { state: 'unknown' };
}

const placeOf = (receipt: Receipt): Offset => receipt.offset ?? Number.MAX_SAFE_INTEGER;

/** Null for a refusal that was given later: it says nothing of this claim, whose own has lapsed. */
const refusalOf = (receipt: Receipt, refusal: Refusal): Refusal | null =>
  refusal.offset <= placeOf(receipt) ? refusal : null;

const refusedState = (receipt: Receipt, { code, detail, content }: Refusal): ReceiptState =>
  receipt.content === null || receipt.content === content
    ? { state: 'rejected', code, detail }
    : { state: 'rejected', code: 'idempotency_conflict', detail: {} };

/**
 * The event that a claim became or repeats: of those with its identity (several, when it lapses) the
 * last one up to its own place, else one that a later copy became, which its content tells. Null: there
 * is none, or the identity had lapsed and was refused since.
 */
async function findEvent(
  slots: LiveSlots,
  receipt: Receipt,
  document: StreamDocument,
  refused: Refusal | null,
): Promise<ReceiptState | null> {
  const seqs = await findSeqs(slots, receipt, document);
  if (seqs === null) return PENDING;
  if (seqs.length === 0) return null;
  const reads = seqs.map((seq) => ({
    kind: 'list' as const,
    name: names.timelineName(receipt.subject, document.incarnation, chunkOf(seq)),
  }));
  const { checkpoint, results } = await slots.read(receipt.partition, [
    documentOf(receipt),
    ...reads,
  ]);
  const [text, ...lists] = results as [string | null, ...string[][]];
  if (isBehind(checkpoint, receipt) || !isStill(document, text)) return PENDING;
  const base = { createdAt: document.state?.createdAt ?? 0, first: document.first };
  const events = seqs.flatMap((seq, i) => {
    const line = linesOf(lists[i] ?? [])[seq - firstSeqOf(chunkOf(seq))];
    return line === undefined ? [] : [decodeLine(base, seq, line)];
  });
  const place = placeOf(receipt);
  const event = events.findLast(({ offset }) => offset <= place) ?? events[0];
  if (event === undefined || (refused !== null && event.offset < refused.offset)) return null;
  const { seq, recordedAt } = event;
  const { content } = receipt;
  const isSameClaim =
    content === null
      ? event.offset <= place
      : contentDigest({ ...event, subject: receipt.subject }) === content;
  if (!isSameClaim) {
    if (event.offset > place) return null;
    return { state: 'rejected', code: 'idempotency_conflict', detail: { seq } };
  }
  const replayed = receipt.offset !== null && receipt.offset !== event.offset;
  return { state: 'accepted', seq, recordedAt, replayed };
}

const documentOf = ({ subject }: Receipt) => ({
  kind: 'get' as const,
  name: names.documentName(subject),
});

/** False: the stream was replaced or lost between two reads, and its keys with it. */
const isStill = ({ incarnation }: StreamDocument, text: string | null): boolean =>
  text !== null && decodeDocument(text).incarnation === incarnation;

/** Seqs of the events with this identity, in order; null when the store is another one meanwhile. */
async function findSeqs(
  slots: LiveSlots,
  receipt: Receipt,
  document: StreamDocument,
): Promise<number[] | null> {
  const { subject } = receipt;
  const identity = identityOfClaim(receipt);
  const { incarnation, transientDays } = document;
  const buckets = bucketsOf(document.state?.seq ?? 0, identity);
  const { checkpoint, results } = await slots.read(receipt.partition, [
    documentOf(receipt),
    ...buckets.map((bucket) => ({
      kind: 'list' as const,
      name: names.registerName(subject, incarnation, bucket),
    })),
    ...transientDays.map((day) => ({
      kind: 'list' as const,
      name: names.transientName(subject, incarnation, day),
    })),
  ]);
  const [text, ...lists] = results as [string | null, ...string[][]];
  if (isBehind(checkpoint, receipt) || !isStill(document, text)) return null;
  const registered = lists
    .slice(0, buckets.length)
    .flatMap((elements) => decodeBucket(elements).get(identity) ?? []);
  const transient = lists
    .slice(buckets.length)
    .flatMap((elements) => elements.flatMap((element) => element.split(',')))
    .filter((entry) => entry.endsWith(`:${identity}`))
    .map((entry) => Number.parseInt(entry.split(':')[1] ?? '', 36));
  return [...registered, ...transient].sort((a, b) => a - b);
}
