/**
 * How much of a proof to run: `short` in `npm test`, `full` under `npm run prove`.
 * Counts of whatever the proof counts: seeds, faults, schedules, events.
 */
export interface ProofSize {
  short: number;
  full: number;
}

/** The size for this process. `REFOLD_PROOF` is `full` or absent; anything else is an error. */
export function proofSize({ short, full }: ProofSize): number {
  const asked = process.env['REFOLD_PROOF'];
  if (asked === undefined) return short;
  if (asked === 'full') return full;
  throw new Error(`REFOLD_PROOF is '${asked}'; expected 'full', or leave it unset`);
}
