import { findJsonFault, type RefusalCode, type RefusalDetail } from '@refold/contracts';
import type { Claim } from './claim.js';
import type { Rules } from './decider.js';
import { newestClaim } from './newest-claim.js';
import type { StreamState } from './state.js';

/** The verdict an identity got when it was first judged. */
export type FirstVerdict =
  /** Accepted as event `seq`; `status` is the stream's present one, `recordedAt` the event's time. */
  | { seq: number; status: string; recordedAt: number }
  | { code: RefusalCode; detail: RefusalDetail };

/** What the caller found under a claim's identity: a verdict that still stands. */
export interface Judged {
  first: FirstVerdict;
  /** Whether the content of then and of now are equal, see `contentText`. */
  sameContent: boolean;
}

/** The verdict on one claim. `replayed`: it is the first verdict again, nothing new to remember. */
export type Decision =
  | { kind: 'accepted'; status: string }
  | { kind: 'duplicate'; seq: number; status: string; recordedAt: number }
  | { kind: 'rejected'; code: RefusalCode; detail: RefusalDetail; replayed: boolean };

const refuse = (code: RefusalCode, detail: RefusalDetail = {}): Decision => ({
  kind: 'rejected',
  code,
  detail,
  replayed: false,
});

function judgeAgain({ first, sameContent }: Judged): Decision {
  if ('seq' in first) {
    return sameContent
      ? { kind: 'duplicate', ...first }
      : refuse('idempotency_conflict', { seq: first.seq });
  }
  return sameContent
    ? { kind: 'rejected', ...first, replayed: true }
    : refuse('idempotency_conflict');
}

/** The status the claim meets, or the refusal that comes before any look at its data. */
function meet(rules: Rules, state: StreamState | null, claim: Claim): string | Decision {
  const initial = state === null ? rules.initialStatus.get(claim.type) : state.status;
  if (initial === undefined || (state === null && claim.appendOnly)) return refuse('not_found');
  const actual = state === null ? 0 : state.seq;
  if (claim.expectedSeq !== null && claim.expectedSeq !== actual) {
    return refuse('sequence_conflict', { expected_seq: claim.expectedSeq, actual_seq: actual });
  }
  return initial;
}

const dataFaultOf = (rules: Rules, claim: Claim): RefusalDetail | null => {
  const fault = claim.dataText === '' ? findJsonFault(claim.data) : null;
  if (fault !== null) return { pointer: fault.pointer, expected: fault.expected };
  return rules.findDataFault(claim.type, claim.schemaVersion, claim.data);
};

/**
 * Judges one claim against its stream, in this order: ownership, identity already judged, skipped,
 * stream closed or unknown, expected sequence, data, transition. Pure: equal arguments, equal verdict, for ever.
 *
 * @param state Null: the stream does not exist.
 * @param judged What stands under the claim's identity; null: never judged, or lapsed.
 * @param isSkipped The log says elsewhere that this claim is left out.
 * @throws SchemaVersionUnknown see {@link Rules.findDataFault}.
 */
export function decide(
  rules: Rules,
  state: StreamState | null,
  claim: Claim,
  judged: Judged | null,
  isSkipped = false,
): Decision {
  if (state !== null && !rules.mayClaim(state.owner, claim)) return refuse('forbidden');
  if (judged !== null) return judgeAgain(judged);
  if (isSkipped) return refuse('skipped');
  if (state !== null && rules.closed.has(state.status)) return refuse('run_archived');
  const status = meet(rules, state, claim);
  if (typeof status !== 'string') return status;
  const fault = dataFaultOf(rules, claim);
  if (fault !== null) return refuse('invalid_data', fault);
  if (state !== null && rules.onlyBegins.has(claim.type)) {
    return refuse('invalid_transition', { from: status, transition: 'create' });
  }
  const outcome = rules.transition(status, newestClaim(rules, claim), state?.owner ?? null);
  if (!outcome.allowed) return refuse('invalid_transition', outcome.detail);
  return { kind: 'accepted', status: outcome.status ?? status };
}
