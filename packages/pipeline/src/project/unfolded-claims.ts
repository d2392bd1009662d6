import type { Claim } from '@refold/domain';
import type { EventLog, Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { ClaimReader } from '../refold/claim-reader.js';

/** Reads of one look, of 1 MiB each: who looks has other partitions to see to. */
const READS_MAX = 16;

/** Claims that stand on the log and that a slot has not folded yet. */
export interface UnfoldedClaims {
  /** In log order. */
  claims: Claim[];
  /** Every claim below it was looked at. */
  to: Offset;
  /** `to` is where the log ended. */
  isWhole: boolean;
}

/**
 * Looks for claims on the log from a position on, whoever wrote them. Bounded: the rest is for the next look.
 * @param from The position of the slot, or what a look before has come to; what the log has lost is passed over.
 * @throws LogUnavailable
 */
export async function unfoldedClaims(
  log: Pick<EventLog, 'read' | 'range'>,
  projection: Projection,
  partition: number,
  { from, isWanted }: { from: Offset; isWanted: (claim: Claim) => boolean },
): Promise<UnfoldedClaims> {
  const reader = new ClaimReader(log, projection, partition);
  const { start, end } = await reader.range();
  const claims: Claim[] = [];
  let to = Math.max(from, start);
  for (let reads = 0; to < end && reads < READS_MAX; reads++) {
    const { found, next } = await reader.read(to, end);
    for (const { decoded } of found) {
      if (decoded.kind === 'claim' && isWanted(decoded.claim)) claims.push(decoded.claim);
    }
    if (next === to) break;
    to = next;
  }
  return { claims, to, isWhole: to >= end };
}
