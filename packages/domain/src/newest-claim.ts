import type { Claim } from './claim.js';
import type { Rules } from './decider.js';

/**
 * The claim with its data as the newest version of its schema has it; the same claim where it is. Its
 * version and its text stay what was written: content and chain hash are of that.
 */
export function newestClaim(rules: Rules, claim: Claim): Claim {
  const data = rules.newestDataOf(claim.type, claim.schemaVersion, claim.data);
  return data === claim.data ? claim : { ...claim, data };
}
