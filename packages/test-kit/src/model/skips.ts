import { readRecord, type ModelClaim, type ModelRecord, type Place } from './read-record.js';

/** Claims on which rules throw, so that their stream stands still; and which records may skip one. */
export interface ModelPoison {
  breaks: (claim: ModelClaim) => boolean;
  /** By where the record stands. */
  counts: (partition: number, at: number) => boolean;
}

export const NO_POISON: ModelPoison = { breaks: () => false, counts: () => true };

/** Where a claim stands, and whose it is. */
export const placeOf = (
  offset: number,
  claim: Pick<ModelClaim, 'subject' | 'source' | 'id'>,
): string => JSON.stringify([offset, claim.subject, claim.source, claim.id]);

/** What is left out, as records say further on. Behind one that stops the partition nothing is known. */
export function skipsIn(
  records: readonly ModelRecord[],
  place: Place,
  { counts }: ModelPoison,
): Set<string> {
  const skips = new Set<string>();
  const withdrawn = new Set<string>();
  for (const record of records) {
    const reading = readRecord(record, place);
    if (reading === 'stop') break;
    if (typeof reading === 'string' || !('skip' in reading)) continue;
    const { skip } = reading;
    const claim = placeOf(skip.offset, skip);
    const decision = `${skip.operation} ${claim}`;
    if (skip.isWithdrawal) withdrawn.add(decision);
    else if (withdrawn.has(decision)) continue;
    else if (counts(place.partition, record.offset)) skips.add(claim);
  }
  return skips;
}
