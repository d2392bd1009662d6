import { appendFileSync } from 'node:fs';

/** What a proof found out: names with numbers or short texts, in the order they are to be shown. */
export type ProofFacts = Readonly<Record<string, number | string | boolean>>;

/**
 * Adds one line of facts to the report of the proof that runs. Outside of `npm run prove` there is
 * no report and nothing happens. Each call is one JSON line, appended whole.
 */
export function reportProof(facts: ProofFacts): void {
  const path = process.env['REFOLD_PROOF_REPORT'];
  if (path === undefined) return;
  appendFileSync(path, `${JSON.stringify(facts)}\n`);
}
