import type { OperationPlanned } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import {
  plannedPartitions,
  type HasEnded,
  type ListEntry,
  type ProjectionReader,
  type RefoldResult,
} from '@refold/pipeline';

/** Operations that run at once: each has a partition of its own. */
const ACTIVE_MAX = 200;

/** What an operation says that was started while another one ran on a partition of it. */
const IN_PROGRESS = 'operation_in_progress: ';

const documentOf = ({ document }: ListEntry): OperationDocument | undefined =>
  document?.views['operation'] as OperationDocument | undefined;

/** Who was started first, by the log; of two at the same time the one whose ID comes first. */
function isBefore(one: ListEntry, other: ListEntry): boolean {
  const at = (entry: ListEntry): number => documentOf(entry)?.started_at ?? 0;
  if (at(one) !== at(other)) return at(one) < at(other);
  return one.streamId < other.streamId;
}

/** The operations that run or are to end, in the order in which they were started. @throws CatchingUp */
export async function activeOperations(reader: ProjectionReader): Promise<ListEntry[]> {
  const { entries } = await reader.list('operation', 'operations/active', undefined, ACTIVE_MAX);
  return entries.sort((one, other) => (isBefore(one, other) ? -1 : 1));
}

/** Plans of operations that are active, and how they stand in each other's way. */
export class ActivePlans {
  readonly #reader: ProjectionReader;
  readonly #hasEnded: HasEnded;
  readonly #plans = new Map<string, OperationPlanned>();
  readonly #hindrances = new Map<string, string>();
  /** Whether operations have ended on partitions, as the log said when it was asked. */
  readonly #ends = new Map<string, Map<number, boolean>>();

  /** @param hasEnded By the log: a list of several partitions is not of one moment. */
  constructor(reader: ProjectionReader, hasEnded: HasEnded) {
    this.#reader = reader;
    this.#hasEnded = hasEnded;
  }

  /** What was planned, from the timeline; null: it is not there. @throws CatchingUp */
  async planOf(operationId: string): Promise<OperationPlanned | null> {
    const known = this.#plans.get(operationId);
    if (known !== undefined) return known;
    const { events } = await this.#reader.timeline('operation', operationId, 0, 1);
    const planned = (events[0]?.data ?? null) as OperationPlanned | null;
    if (planned !== null) this.#plans.set(operationId, planned);
    return planned;
  }

  /** An operation of a projection that runs on one of some partitions. */
  async runningOn(
    entries: readonly ListEntry[],
    projection: string,
    partitions: readonly number[],
  ): Promise<{ operation: string; partition: number } | null> {
    for (const entry of entries) {
      if (documentOf(entry)?.projection !== projection) continue;
      const { streamId: operation } = entry;
      const planned = await this.planOf(operation);
      const taken = planned === null ? [] : plannedPartitions(planned);
      const partition = partitions.find((one) => taken.includes(one));
      if (partition === undefined || (await this.#hasEnded(operation, []))) continue;
      return { operation, partition };
    }
    return null;
  }

  /**
   * Why an operation is not carried out: another one of its partitions was started before it and has not ended. Whoever
   * started it could not see that, because operations were not folded that far. Null: it is. A letter is published whatever
   * else runs: whether that was done already is known to nobody. What was said once stays.
   * @param active In the order in which they were started, and asked for in that: one that is hindered hinders no other.
   */
  async hindranceOf(
    entry: ListEntry,
    planned: OperationPlanned,
    active: readonly ListEntry[],
  ): Promise<string | null> {
    if (planned.verb === 'republish') return null;
    const { streamId, document } = entry;
    if (document?.state?.status === 'canceling') return null;
    const said = this.#saidOf(entry);
    if (said !== null) return said;
    const earlier = active.filter(
      (other) => isBefore(other, entry) && this.#saidOf(other) === null,
    );
    const { projection } = planned;
    const found = await this.runningOn(earlier, projection, plannedPartitions(planned));
    if (found === null) return null;
    const { operation, partition } = found;
    const place = `partition ${partition} of ${projection}`;
    const why = `${IN_PROGRESS}${operation} was started before and runs on ${place}`;
    this.#hindrances.set(streamId, why);
    return why;
  }

  /**
   * The partitions of an operation on which it is not over by the log: the store may have gone back behind that, or not be
   * there yet. The log is asked before the first step, and again of a partition that was left out in between: another owner
   * may have ended it there.
   * @param partitions All that this process would see to.
   * @throws LogUnavailable, StoreUnavailable
   */
  async openByLog(operationId: string, partitions: readonly number[]): Promise<number[]> {
    const before = this.#ends.get(operationId) ?? new Map<number, boolean>();
    const ends = new Map([...before].filter(([one, isOver]) => isOver || partitions.includes(one)));
    this.#ends.set(operationId, ends);
    const unasked = partitions.filter((partition) => !ends.has(partition));
    const isAnyOver = unasked.length > 0 && (await this.#hasEnded(operationId, unasked));
    for (const partition of unasked) {
      ends.set(partition, isAnyOver && (await this.#hasEnded(operationId, [partition])));
    }
    return partitions.filter((partition) => ends.get(partition) === false);
  }

  /**
   * Whether a part of an operation is still to be carried out: it runs, no other hinders it, and the log knows no end of it.
   * @throws CatchingUp, LogUnavailable
   */
  async isWanted(operationId: string, partition: number): Promise<boolean> {
    const { document } = await this.#reader.document('operation', operationId);
    const operation = document?.views['operation'] as OperationDocument | undefined;
    const isFinished = operation?.finished_partitions.includes(partition) ?? true;
    const isRunning = document?.state?.status === 'running' && !isFinished;
    if (!isRunning || this.#hindrances.has(operationId)) return false;
    return !(await this.#hasEnded(operationId, [partition]));
  }

  /** Why it is hindered, as was said of it here or on another partition. */
  #saidOf(entry: ListEntry): string | null {
    const said = this.#hindrances.get(entry.streamId) ?? documentOf(entry)?.error;
    return said?.startsWith(IN_PROGRESS) === true ? said : null;
  }

  /** What came out as it is to be told: what was ended because it was in the way of another one has failed. */
  told(result: RefoldResult): RefoldResult {
    const error = this.#hindrances.get(result.operation);
    if (error === undefined || result.outcome !== 'canceled') return result;
    return { ...result, outcome: 'failed', error };
  }

  /** Nobody looks at others any more. */
  keep(active: ReadonlySet<string>): void {
    for (const kept of [this.#plans, this.#hindrances, this.#ends]) {
      for (const known of kept.keys()) if (!active.has(known)) kept.delete(known);
    }
  }
}
