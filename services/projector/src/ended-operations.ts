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

/**
 * Whether operations are over by what stands on the log: what is folded of them, and then what is not folded yet. So what
 * was told is known, though the store has gone back behind it.
 * @returns Rejects with LogUnavailable, also where the log is too far ahead to be looked through at once.
 */
export const endedOperations =
  ({ log, store, operations }: EndedPorts): HasEnded =>
  async (operation, partitions) => {
    // A reader of its own: it may find less than was served before.
    const read = await new ProjectionReader(store, operations).document('operation', operation);
    const { document, position } = read;
    const known = document?.views['operation'] as OperationDocument | undefined;
    let status = (document?.state?.status ?? null) as OperationStatus | null;
    const isOneOf = (partition: unknown): boolean => partitions.includes(Number(partition));
    if (ENDS.has(status ?? '') || known?.finished_partitions.some(isOneOf) === true) return true;
    const subject = subjectOf('operation', operation);
    const partition = partitionOf(operation, operations.partitions);
    const { claims, isWhole } = await unfoldedClaims(log, operations, partition, {
      from: position.next,
      isWanted: (claim) => claim.subject === subject,
    });
    for (const claim of claims) {
      const isPart = claim.type === 'operation.partition_finished' && !claim.bound;
      const isActive = status === 'running' || status === 'canceling';
      if (isPart && isActive && isOneOf(memberOf(claim.data, 'partition'))) return true;
      status = statusBehind(status, claim);
      if (ENDS.has(status ?? '')) return true;
    }
    if (isWhole) return false;
    throw new LogUnavailable(
      `${operations.topic}/${partition} was not looked through yet for the end of ${operation}`,
    );
  };
