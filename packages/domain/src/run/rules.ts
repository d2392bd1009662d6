import type { Claim } from '../claim.js';
import { schemaRulesOf } from '../data-fault.js';
import type { Rules } from '../decider.js';
import { membersOf } from '../members.js';
import { mayClaim, ownerNamedBy } from '../ownership.js';
import { judgeRunTransition } from './transitions.js';

/** The rules of runs: what begins one, what may follow, and whose it is. */
export const runRules: Rules = {
  kind: 'run',
  ...schemaRulesOf('run'),
  initialStatus: new Map([
    ['run.created', 'created'],
    ['run.started', 'created'],
  ]),
  onlyBegins: new Set(['run.created']),
  terminal: new Set(['canceled', 'succeeded', 'failed', 'archived']),
  closed: new Set(['archived']),
  transition: (status, claim) => judgeRunTransition(status, claim.type, claim.data),
  ownerOf: (claim: Claim) => ownerNamedBy(membersOf(claim.data), claim.principal),
  mayClaim,
};
