import { schemaRulesOf } from '../data-fault.js';
import type { Rules } from '../decider.js';
import { mayClaim, NOBODY, ownerNamedBy } from '../ownership.js';
import { judgeOperationTransition } from './transitions.js';

/**
 * The rules of operations. An operation is its planner's, because an approval is compared with that; and it
 * is open as one that is nobody's, because a second person must be able to approve it, and any operator to
 * cancel it. Who is bound to an owner or a tenant touches none: what an operation changes spans them all.
 */
export const operationRules: Rules = {
  kind: 'operation',
  ...schemaRulesOf('operation'),
  initialStatus: new Map([['operation.planned', 'planned']]),
  onlyBegins: new Set(['operation.planned']),
  terminal: new Set(['done', 'failed', 'canceled']),
  closed: new Set(),
  transition: judgeOperationTransition,
  ownerOf: (claim) => ownerNamedBy({}, claim.principal),
  mayClaim: (_planner, claimant) => mayClaim(NOBODY, claimant),
};
