import { xxHash64 } from '@refold/domain';
import type { Entry } from '@refold/domain';
import type { StreamDocument } from './stream-document.js';

/**
 * Counters that no reader asks for: their sums over all streams of a slot are a digest of what was decided there. Two
 * slots at one offset have the same sums if each stream has the same seq, chain, status, owner, times and `next`;
 * where one is another, they differ but for one case in 2^48. Sums of 24 bits are exact for 2^29 streams.
 */
export const VERDICT_COUNTERS = ['verdicts/0', 'verdicts/1'] as const;

/** Hex digits of a stream's hash that one counter has. */
const DIGITS = 6;

/** What a stream adds to the digest of its slot. One that stands parked adds nothing: it is undecided, and listed. */
export function verdictEntries(
  subject: string,
  { state, parked, next }: Pick<StreamDocument, 'state' | 'parked' | 'next'>,
): Extract<Entry, { type: 'count' }>[] {
  if (state === null || parked !== null) return [];
  const { seq, chain, status, owner, createdAt, updatedAt } = state;
  const { tenant, principal } = owner;
  const parts = [subject, seq, chain, status, tenant, principal, createdAt, updatedAt, next];
  const digest = xxHash64(parts.join('\n'));
  return VERDICT_COUNTERS.map((counter, at) => ({
    type: 'count',
    counter,
    amount: Number.parseInt(digest.slice(at * DIGITS, (at + 1) * DIGITS), 16),
  }));
}
