import { canonicalJson, type JsonValue } from '@refold/contracts';
import { isJsonObject } from './members.js';
import type { StreamState } from './state.js';
import { xxHash64Integer } from './xx-hash.js';

/** Times of a document: top-level members whose name ends so are no part of its digest. */
const TIME_SUFFIX = '_at';

const timeless = (document: JsonValue): JsonValue => {
  if (!isJsonObject(document)) return document;
  const kept = Object.entries(document).filter(([name]) => !name.endsWith(TIME_SUFFIX));
  return Object.fromEntries(kept);
};

/**
 * 64 bits over what a stream says, wherever and whenever it was folded: its subject, seq, chain hash,
 * status, owner and one view's document. Offsets, times and the layout of the timeline do not count.
 */
export const documentDigest = (subject: string, state: StreamState, document: JsonValue): bigint =>
  xxHash64Integer(
    canonicalJson([
      subject,
      state.seq,
      state.chain,
      state.status,
      state.owner.tenant,
      state.owner.principal,
      timeless(document),
    ]),
  );

/** The digest of no documents. */
export const EMPTY_DIGEST = 0n;

/** The digest of a set with one more document. Order does not count, so sets may be added up in parts. */
export const addDigest = (sum: bigint, digest: bigint): bigint => BigInt.asUintN(64, sum + digest);

/** Takes a document out of the set again. */
export const subtractDigest = (sum: bigint, digest: bigint): bigint =>
  BigInt.asUintN(64, sum - digest);

/** A digest as text: 16 lower-case hex digits. */
export const digestText = (digest: bigint): string => digest.toString(16).padStart(16, '0');
