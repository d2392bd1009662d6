import { schemaRulesOf } from '../data-fault.js';
import type { Rules } from '../decider.js';
import { membersOf } from '../members.js';
import { mayClaim, ownerNamedBy } from '../ownership.js';
import { judgeWorkerTransition } from './transitions.js';

/** The rules of workers: only `worker.started` begins one; no status is final. */
export const workerRules: Rules = {
  kind: 'worker',
  ...schemaRulesOf('worker'),
  initialStatus: new Map([['worker.started', 'starting']]),
  onlyBegins: new Set(),
  terminal: new Set(),
  closed: new Set(),
  transition: (status, claim) => judgeWorkerTransition(status, claim.type),
  ownerOf: (claim) => ownerNamedBy(membersOf(claim.data), claim.principal),
  mayClaim,
};
