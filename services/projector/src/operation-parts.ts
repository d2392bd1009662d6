import type { OperationPlanned } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import { letterRecordOf, plannedPartitions, taskOf, type Projector } from '@refold/pipeline';
import type { Logger } from '@refold/service';
import { partitionFinished } from './operation-events.js';
import { operationResult } from './operation-result.js';
import type { OperationStep } from './operation-steps.js';
import type { Told } from './operation-teller.js';
import { republishLetter, type LetterJob } from './republish-letter.js';

/** What owners of partitions are asked for. */
export type Followed = Pick<
  Projector,
  'projection' | 'status' | 'refold' | 'cancelRefold' | 'refuseRefold'
>;

/** What a part of an operation is carried out with. */
export type PartPorts = Parameters<typeof republishLetter>[0] & { logger: Pick<Logger, 'error'> };

/** The partitions of a plan that this process owns, and that are not finished. */
export function openIn(
  projector: Followed,
  planned: OperationPlanned,
  { finished_partitions: finished }: OperationDocument,
): number[] {
  const owned = new Set(projector.status().map(({ partition }) => partition));
  return plannedPartitions(planned).filter(
    (partition) => owned.has(partition) && !finished.includes(partition),
  );
}

/** An operation on streams or letters, and why it is ended where nobody canceled it. */
export type PartStep = Pick<OperationStep, 'planned' | 'isCanceling'> & {
  hindrance: string | null;
};

/** Has a part of an operation carried out. Returns what is to be told of it at once; null: an owner tells, or not yet. */
export type TakePart = (
  projector: Followed,
  job: LetterJob,
  step: PartStep,
) => Promise<Told | null>;

/** Nothing is kept but who is being told of a refusal. */
export function operationParts(ports: PartPorts): TakePart {
  const { operations, logger } = ports;
  const refusing = new Set<string>();

  /**
   * Another build has planned it: whoever reads the operation is told, and so is the log. Nobody waits for that: the
   * owner may not come to it for long.
   */
  async function refuse(
    projector: Followed,
    { operationId: operation, partition }: LetterJob,
    verb: string,
  ): Promise<void> {
    const key = `${operation}/${partition}`;
    if (refusing.has(key)) return;
    refusing.add(key);
    const why = `this build does not know the verb ${verb}: deploy one that does`;
    const { name: projection } = projector.projection;
    const fields = { operation, partition, projection };
    try {
      const isNew = await projector.refuseRefold(partition, operation, why);
      if (isNew) logger.error(fields, why);
    } catch {
      // What keeps the owner from saying so is told by its live folding, and it is asked again.
    } finally {
      refusing.delete(key);
    }
  }

  /** What is told of a part of which this build has begun nothing. */
  const ended = ({ operationId, partition }: LetterJob, hindrance: string | null): Told => {
    const [outcome, error] =
      hindrance === null
        ? (['canceled', {}] as const)
        : (['failed', { error: hindrance }] as const);
    return partitionFinished(operations, operationResult(operationId, partition, outcome, error));
  };

  return async (projector, job, { planned, isCanceling, hindrance }) => {
    const { operationId: operation, partition } = job;
    const letter = letterRecordOf(planned, partition);
    if (letter !== null) {
      const record = await republishLetter(ports, job, letter);
      return record === null ? null : { record, smaller: null };
    }
    const task = taskOf(operation, planned, partition);
    if (task === null) {
      const owned = projector.status().find((one) => one.partition === partition);
      const isUnderWay = owned?.refold?.operation === operation;
      if (isCanceling && !isUnderWay) return ended(job, hindrance);
      // The task may be there by a build that knew the verb.
      if (isCanceling) projector.cancelRefold(partition, operation);
      else void refuse(projector, job, planned.verb);
      return null;
    }
    const answer = projector.refold(partition, task);
    if (answer === 'taken' && isCanceling) projector.cancelRefold(partition, operation);
    // A skip is ended by an owner alone, who withdraws it first.
    const isEnded = answer === 'busy' && hindrance !== null && task.skip === undefined;
    return isEnded ? ended(job, hindrance) : null;
  };
}
