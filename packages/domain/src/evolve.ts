import { chainHash, CHAIN_START } from './chain-hash.js';
import type { Claim, FoldedEvent } from './claim.js';
import type { Rules } from './decider.js';
import { newestClaim } from './newest-claim.js';
import type { StreamState } from './state.js';

/** A stream after one more event, and that event. */
export interface Evolved {
  state: StreamState;
  event: FoldedEvent;
}

/** Late: the stream had ended before, and the event asks for no transition. */
const isLate = (rules: Rules, state: StreamState, claim: Claim): boolean => {
  if (!rules.terminal.has(state.status)) return false;
  const outcome = rules.transition(state.status, claim, state.owner);
  return outcome.allowed && outcome.status === null;
};

/**
 * Folds an accepted claim: the next sequence number, the chain, the status `decide` answered, and
 * the fold time, which is the append time but never earlier than the stream's last event. Views get the
 * data in its newest version; the chain covers what was written.
 */
export function evolve(
  rules: Rules,
  state: StreamState | null,
  written: Claim,
  status: string,
): Evolved {
  const claim = newestClaim(rules, written);
  const before = state ?? { seq: 0, chain: CHAIN_START, updatedAt: claim.appendTime };
  const seq = before.seq + 1;
  const recordedAt = Math.max(before.updatedAt, claim.appendTime);
  return {
    state: {
      seq,
      chain: chainHash(before.chain, seq, claim.type, claim.idempotencyKey, claim.dataText),
      status,
      owner: state === null ? rules.ownerOf(claim) : state.owner,
      createdAt: state === null ? recordedAt : state.createdAt,
      updatedAt: recordedAt,
    },
    event: {
      seq,
      type: claim.type,
      schemaVersion: claim.schemaVersion,
      data: claim.data,
      idempotencyKey: claim.idempotencyKey,
      recordedAt,
      late: state !== null && isLate(rules, state, claim),
      principal: claim.principal,
    },
  };
}
