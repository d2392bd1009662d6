import type { OperationPlanned } from '@refold/contracts';
import type { OperationDocument, Rulebook } from '@refold/domain';
import {
  letterRecordOf,
  plannedPartitions,
  ProjectionReader,
  taskOf,
  wakeChannel,
  type EventLog,
  type ListEntry,
  type OutgoingRecord,
  type Projection,
  type Projector,
  type Publisher,
  type RefoldResult,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { Logger } from '@refold/service';
import { operationFinished, partitionFinished } from './operation-events.js';
import { republishLetter, type LetterJob } from './republish-letter.js';
import type { RecordedResets } from './record-resets.js';
import { operationSteps, type OperationStep } from './operation-steps.js';

/** What the operations of projections are followed with. */
export interface FollowPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  /** Time of day, milliseconds. */
  nowMs(): number;
  /** The versions of rules that this process has. */
  rulebook: Rulebook;
  /** Random and new at every call. */
  commitId(): string;
  /** The projection of operations, whoever folds it. */
  operations: Projection;
  /** The projectors of this process. */
  projectors: readonly Pick<
    Projector,
    'projection' | 'status' | 'refold' | 'cancelRefold' | 'refuseRefold'
  >[];
  /** Resets of groups, which become operations. */
  resets: Pick<RecordedResets, 'look'>;
  publisher: Pick<Publisher, 'publish'>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Carries out operations on the partitions that this process owns. */
export interface FollowedOperations {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The owner of a partition has ended a task, now or in an earlier life. False: that is being told already. */
  refolded(result: RefoldResult): boolean;
}

/** How often running operations are looked for, milliseconds; a commit on their topic is told at once. */
const LOOK_MS = 1_000;

/** What was told is folded within this time, milliseconds; after it, it is told again. */
const TOLD_MS = 10_000;

/** Operations that run at once: each has a partition of its own. */
const ACTIVE_MAX = 200;

type Followed = FollowPorts['projectors'][number];

/** Another build has planned it: whoever reads the operation is told, and so is the log. */
async function refuse(
  projector: Followed,
  { operation, partition, verb }: { operation: string; partition: number; verb: string },
  logger: FollowPorts['logger'],
): Promise<void> {
  const why = `this build does not know the verb ${verb}: deploy one that does`;
  const isNew = await projector.refuseRefold(partition, operation, why);
  const { name: projection } = projector.projection;
  if (isNew) logger.error({ operation, partition, projection }, why);
}

/** The partitions of a plan that this process owns, and that are not finished. */
function openIn(
  projector: Followed,
  planned: OperationPlanned,
  { finished_partitions: finished }: OperationDocument,
): number[] {
  const owned = new Set(projector.status().map(({ partition }) => partition));
  return plannedPartitions(planned).filter(
    (partition) => owned.has(partition) && !finished.includes(partition),
  );
}

/** Has a part of an operation on streams or letters carried out. Returns what is to be told of a letter. */
async function carryOut(
  ports: FollowPorts,
  projector: Followed,
  { operationId: operation, partition }: LetterJob,
  { planned, isCanceling }: Pick<OperationStep, 'planned' | 'isCanceling'>,
): Promise<OutgoingRecord | null> {
  const letter = letterRecordOf(planned, partition);
  if (letter !== null) {
    return republishLetter(ports, { operationId: operation, partition }, letter);
  }
  const task = taskOf(operation, planned, partition);
  if (task === null) {
    await refuse(projector, { operation, partition, verb: planned.verb }, ports.logger);
    return null;
  }
  const answer = projector.refold(partition, task);
  if (answer === 'taken' && isCanceling) projector.cancelRefold(partition, operation);
  return null;
}

/**
 * Hands the tasks of running operations to the owners of partitions and tells what came of them. It keeps
 * nothing: what is still to do is the difference between a plan and its document, and a task that was done is
 * answered from its slot. So it may be stopped at any moment, or run in several processes.
 */
export function followOperations(ports: FollowPorts): FollowedOperations {
  const { store, timing, operations, publisher, logger } = ports;
  const reader = new ProjectionReader(store, operations);
  const takeStep = operationSteps({
    ...ports,
    async isWanted(operationId, partition) {
      const { document } = await reader.document('operation', operationId);
      const operation = document?.views['operation'] as OperationDocument | undefined;
      const isFinished = operation?.finished_partitions.includes(partition) ?? true;
      return document?.state?.status === 'running' && !isFinished;
    },
  });
  const byName = new Map(ports.projectors.map((one) => [one.projection.name, one]));
  const plans = new Map<string, OperationPlanned>();
  /** When an event was appended, by operation and what it tells. */
  const told = new Map<string, number>();
  let stopped = false;
  let wake = (): void => undefined;
  let running: Promise<void> | null = null;
  let hush: (() => Promise<void>) | null = null;
  let fault: string | null = null;

  const isTold = (key: string): boolean =>
    timing.now() - (told.get(key) ?? Number.NEGATIVE_INFINITY) < TOLD_MS;

  async function tell(key: string, record: OutgoingRecord): Promise<void> {
    if (isTold(key)) return;
    told.set(key, timing.now());
    const outcome = await publisher.publish(record);
    if (outcome.kind === 'appended') return;
    told.delete(key);
    logger.warn({ event: key, outcome: outcome.kind }, 'an operation could not be told of');
  }

  async function planOf(operationId: string): Promise<OperationPlanned | null> {
    const known = plans.get(operationId);
    if (known !== undefined) return known;
    const { events } = await reader.timeline('operation', operationId, 0, 1);
    const planned = (events[0]?.data ?? null) as OperationPlanned | null;
    if (planned !== null) plans.set(operationId, planned);
    return planned;
  }

  function refolded(result: RefoldResult): boolean {
    const { operation, partition, outcome, streams, replaced, records } = result;
    const key = `${operation}/${partition}`;
    if (isTold(key)) return false;
    const counts = { operation, partition, outcome, streams, replaced, records };
    logger.info(counts, 'a partition of an operation is finished');
    void tell(key, partitionFinished(operations, result));
    return true;
  }

  async function follow({ streamId: operationId, document }: ListEntry): Promise<void> {
    const state = document?.state ?? null;
    const operation = document?.views['operation'] as OperationDocument | undefined;
    const projector = byName.get(operation?.projection ?? '');
    if (state === null || operation === undefined || projector === undefined) return;
    const planned = await planOf(operationId);
    if (planned === null) return;
    const finished = new Set(operation.finished_partitions);
    const isCanceling = state.status === 'canceling';
    const mine = openIn(projector, planned, operation).filter(
      (partition) => !isTold(`${operationId}/${partition}`),
    );
    const { projection } = projector;
    const step = { operation: operationId, projection, planned, partitions: mine, isCanceling };
    const ended = await takeStep(step);
    for (const result of ended ?? []) refolded(result);
    for (const partition of ended === null ? mine : []) {
      const letterTold = await carryOut(ports, projector, { operationId, partition }, step);
      if (letterTold !== null) await tell(`${operationId}/${partition}`, letterTold);
    }
    const meant = plannedPartitions(planned);
    if (meant.some((partition) => !finished.has(partition))) return;
    // One process tells the end: the owner of the first partition.
    const teller = meant[0] ?? 0;
    if (!projector.status().some(({ partition }) => partition === teller)) return;
    await tell(`${operationId}/finished`, operationFinished(operations, operationId, operation));
  }

  async function look(): Promise<void> {
    // A plan may take long, and what runs does not wait for it.
    void ports.resets.look();
    const { entries } = await reader.list('operation', 'operations/active', undefined, ACTIVE_MAX);
    const active = new Set(entries.map(({ streamId }) => streamId));
    for (const known of plans.keys()) if (!active.has(known)) plans.delete(known);
    for (const [key, at] of told) if (timing.now() - at >= TOLD_MS) told.delete(key);
    for (const entry of entries) await follow(entry);
  }

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const cancel = timing.after(LOOK_MS, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  async function run(): Promise<void> {
    while (!stopped) {
      const paused = pause();
      try {
        await look();
        fault = null;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== fault) logger.warn({ err: error }, 'operations cannot be followed');
        fault = reason;
      }
      if (!stopped) await paused;
    }
  }

  return {
    async start() {
      hush = await store.listen(wakeChannel(operations), {
        message: () => wake(),
        resumed: () => wake(),
      });
      running = run();
    },
    async stop() {
      stopped = true;
      wake();
      await hush?.();
      await running;
    },
    refolded,
  };
}
