import { findJsonFault, type JsonValue, type StreamKind } from '@refold/contracts';
import type { Claim } from './claim.js';
import { decide, type Decision, type Judged } from './decide.js';
import { evolve, type Evolved } from './evolve.js';
import { identityOf } from './identity.js';
import { RULEBOOK, rulesOf } from './rulebook.js';
import type { StreamState } from './state.js';

/** A claim as a decoder would make it; `over` changes what a test is about. */
export function claimOf(type: string, data: JsonValue = null, over: Partial<Claim> = {}): Claim {
  const kind: StreamKind = over.kind ?? 'run';
  const streamId = over.streamId ?? 's-1';
  const id = over.id ?? 'e-1';
  return {
    identity: identityOf(`${kind}/${streamId}`, 'urn:test', id),
    kind,
    subject: `${kind}/${streamId}`,
    streamId,
    source: 'urn:test',
    id,
    type,
    schemaVersion: 1,
    data,
    dataText: findJsonFault(data) === null ? JSON.stringify(data) : '',
    expectedSeq: null,
    appendOnly: false,
    idempotencyKey: null,
    principal: null,
    bound: false,
    replyTo: null,
    offset: 0,
    appendTime: 1_000,
    ...over,
  };
}

const rules = rulesOf(RULEBOOK, 1);

/** The verdict by the first rules of the claim's kind. */
export const judge = (
  state: StreamState | null,
  claim: Claim,
  judged: Judged | null = null,
): Decision => decide(rules[claim.kind], state, claim, judged);

/** Folds a claim that must be accepted. */
export function accept(state: StreamState | null, claim: Claim): Evolved {
  const decision = judge(state, claim);
  if (decision.kind !== 'accepted') {
    throw new Error(`${claim.type} was not accepted: ${JSON.stringify(decision)}`);
  }
  return evolve(rules[claim.kind], state, claim, decision.status);
}

/** The state after claims that must all be accepted, and their events. */
export function acceptAll(claims: readonly Claim[]): { state: StreamState; events: Evolved[] } {
  const events: Evolved[] = [];
  for (const claim of claims) events.push(accept(events.at(-1)?.state ?? null, claim));
  const last = events.at(-1);
  if (last === undefined) throw new Error('expected at least one claim');
  return { state: last.state, events };
}
