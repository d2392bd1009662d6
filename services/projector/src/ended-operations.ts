import { partitionOf, subjectOf, type JsonValue, type OperationStatus } from '@refold/contracts';
import {
  nextOperationStatus,
  operationTransitionOf,
  type Claim,
  type OperationDocument,
} from '@refold/domain';
import {
  LogUnavailable,
  ProjectionReader,
  unfoldedClaims,
  type EventLog,
  type HasEnded,
  type Offset,
  type Projection,
  type ViewStore,
} from '@refold/pipeline';

/** What is asked about operations. */
export interface EndedPorts {
  log: Pick<EventLog, 'read' | 'range'>;
  store: Pick<ViewStore, 'read'>;
  /** The projection of operations, whoever folds it. */
  operations: Projection;
}

/** Statuses that nothing follows. */
export const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'canceled']);

const INITIAL = 'operation.planned';

const memberOf = (data: JsonValue, name: string): unknown =>
  (data as Record<string, unknown> | null)?.[name];

/** The status behind a claim, as the rules have it; a claim of somebody who is bound touches none. */
function statusBehind(status: OperationStatus | null, claim: Claim): OperationStatus | null {
  if (claim.bound) return status;
  if (status === null) {
    if (claim.type !== INITIAL) return null;
    return memberOf(claim.data, 'approval') === 'required' ? 'awaiting_approval' : 'planned';
  }
  const transition = operationTransitionOf(claim);
  return (transition === null ? null : nextOperationStatus(status, transition)) ?? status;
}

/** The status behind claims in log order; `over`: they end the operation, or its part on one of the partitions. */
function statusAfter(
  before: OperationStatus | null,
  claims: readonly Claim[],
  isOneOf: (partition: unknown) => boolean,
): OperationStatus | 'over' | null {
  let status = before;
  for (const claim of claims) {
    const isPart = claim.type === 'operation.partition_finished' && !claim.bound;
    const isActive = status === 'running' || status === 'canceling';
    if (isPart && isActive && isOneOf(memberOf(claim.data, 'partition'))) return 'over';
    status = statusBehind(status, claim);
    if (ENDS.has(status ?? '')) return 'over';
  }
  return status;
}

/** How far a look has come that did not get to the end of the log. */
interface Look {
  /** Every claim below it was looked at. */
  to: Offset;
  /** The status behind them. */
  status: OperationStatus | null;
}

/** Questions whose looks are remembered; of more, those that were asked last. */
const LOOKS_MAX = 1_024;

/**
 * Whether operations are over by what stands on the log: what is folded of them, and then what is not folded yet. So what
 * was told is known, though the store has gone back behind it.
 * @returns Rejects with LogUnavailable, also where the log is too far ahead to be looked through at once; asked again, it
 * goes on from there.
 */
export function endedOperations({ log, store, operations }: EndedPorts): HasEnded {
  const looks = new Map<string, Look>();
  return async (operation, partitions) => {
    // A reader of its own: it may find less than was served before.
    const read = await new ProjectionReader(store, operations).document('operation', operation);
    const { document, position } = read;
    const known = document?.views['operation'] as OperationDocument | undefined;
    const folded = (document?.state?.status ?? null) as OperationStatus | null;
    const isOneOf = (partition: unknown): boolean => partitions.includes(Number(partition));
    if (ENDS.has(folded ?? '') || known?.finished_partitions.some(isOneOf) === true) return true;
    const subject = subjectOf('operation', operation);
    const partition = partitionOf(operation, operations.partitions);
    const question = `${operation}/${partitions.join()}`;
    const before = looks.get(question);
    const isAhead = before !== undefined && before.to > position.next;
    const look = isAhead ? before : { to: position.next, status: folded };
    const { claims, to, isWhole } = await unfoldedClaims(log, operations, partition, {
      from: look.to,
      isWanted: (claim) => claim.subject === subject,
    });
    looks.delete(question);
    const status = statusAfter(look.status, claims, isOneOf);
    if (status === 'over') return true;
    if (isWhole) return false;
    looks.set(question, { to, status });
    const [oldest] = looks.keys();
    if (looks.size > LOOKS_MAX && oldest !== undefined) looks.delete(oldest);
    throw new LogUnavailable(
      `${operations.topic}/${partition} was not looked through yet for the end of ${operation}`,
    );
  };
}
