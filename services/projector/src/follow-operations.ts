import type { OperationDocument, Rulebook } from '@refold/domain';
import {
  plannedPartitions,
  ProjectionReader,
  wakeChannel,
  type EventLog,
  type HasEnded,
  type ListEntry,
  type Projection,
  type Projector,
  type Publisher,
  type RefoldResult,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { Logger } from '@refold/service';
import { ActivePlans, activeOperations } from './active-operations.js';
import { FaultNews } from './fault-news.js';
import { operationFinished, partitionFinished } from './operation-events.js';
import { OperationTeller } from './operation-teller.js';
import { openIn, operationParts } from './operation-parts.js';
import type { RecordedResets } from './record-resets.js';
import { isStepped, operationSteps, type StepPorts } from './operation-steps.js';

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
    'projection' | 'status' | 'refold' | 'cancelRefold' | 'refuseRefold' | 'tellProgress'
  >[];
  /** Whether an operation is over by the log. */
  hasEnded: HasEnded;
  /** Resets of groups, which become operations. */
  resets: Pick<RecordedResets, 'look'>;
  publisher: Pick<Publisher, 'publish'>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Carries out operations on the partitions that this process owns. */
export interface FollowedOperations {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The owner of a partition has ended a task, now or in an earlier life. */
  refolded(result: RefoldResult): void;
}

/** How often running operations are looked for, milliseconds; a commit on their topic is told at once. */
const LOOK_MS = 1_000;

/** Under this name the looks themselves have their faults; no operation has an empty ID. */
const LOOK = '';

/** Who is asked whether a truncation is still to be carried out, and is told how far it is. */
const truncationPorts = (
  plans: ActivePlans,
  byName: ReadonlyMap<string, FollowPorts['projectors'][number]>,
): Pick<StepPorts, 'isWanted' | 'tell'> => ({
  isWanted: (...part) => plans.isWanted(...part),
  tell: async ({ name }, ...part) => byName.get(name)?.tellProgress(...part),
});

/**
 * Hands the tasks of running operations to the owners of partitions and tells what came of them. It keeps
 * nothing: what is still to do is the difference between a plan and its document, and a task that was done is
 * answered from its slot. So it may be stopped at any moment, or run in several processes.
 */
export function followOperations(ports: FollowPorts): FollowedOperations {
  const { store, timing, operations, publisher, logger } = ports;
  const reader = new ProjectionReader(store, operations);
  const plans = new ActivePlans(reader, ports.hasEnded);
  const byName = new Map(ports.projectors.map((one) => [one.projection.name, one]));
  const takeStep = operationSteps({ ...ports, ...truncationPorts(plans, byName) });
  const takePart = operationParts(ports);
  const telling = new OperationTeller({ timing, publisher, logger });
  let stopped = false;
  let wake = (): void => undefined;
  let running: Promise<void> | null = null;
  let hush: (() => Promise<void>) | null = null;
  const faults = new FaultNews();

  function refolded(found: RefoldResult): void {
    const result = plans.told(found);
    const { operation, partition, outcome, streams, replaced, records } = result;
    const key = `${operation}/${partition}`;
    if (telling.isTold(key)) return;
    const counts = { operation, partition, outcome, streams, replaced, records };
    logger.info(counts, 'a partition of an operation is finished');
    void telling.tell(key, partitionFinished(operations, result));
  }

  async function follow(entry: ListEntry, active: readonly ListEntry[]): Promise<void> {
    const { streamId: operationId, document } = entry;
    const state = document?.state ?? null;
    const operation = document?.views['operation'] as OperationDocument | undefined;
    const projector = byName.get(operation?.projection ?? '');
    if (state === null || operation === undefined || projector === undefined) return;
    const planned = await plans.planOf(operationId);
    if (planned === null) return;
    const finished = new Set(operation.finished_partitions);
    const hindrance = await plans.hindranceOf(entry, planned, active);
    const isCanceling = state.status === 'canceling' || hindrance !== null;
    const untold = openIn(projector, planned, operation).filter(
      (partition) => !telling.isTold(`${operationId}/${partition}`),
    );
    const isStep = isStepped(planned.verb);
    // What stands in a slot asks the log itself before it is carried out.
    const isAsked = isStep || planned.verb === 'republish';
    const mine = isAsked ? await plans.openByLog(operationId, untold) : untold;
    const { projection } = projector;
    const step = { operation: operationId, projection, planned, partitions: mine, isCanceling };
    if (isStep) await takeStep(step, refolded);
    for (const partition of isStep ? [] : mine) {
      const part = { ...step, hindrance };
      const toTell = await takePart(projector, { operationId, partition }, part);
      if (toTell !== null) await telling.tell(`${operationId}/${partition}`, toTell);
    }
    const meant = plannedPartitions(planned);
    if (meant.some((partition) => !finished.has(partition))) return;
    // One process tells the end: the owner of the first partition.
    const teller = meant[0] ?? 0;
    if (!projector.status().some(({ partition }) => partition === teller)) return;
    const end = operationFinished(operations, operationId, operation);
    await telling.tell(`${operationId}/finished`, end);
  }

  /** One that cannot be taken further holds up no other; why is said once, until it is something else. */
  async function followOne(entry: ListEntry, active: readonly ListEntry[]): Promise<void> {
    const { streamId: operation } = entry;
    try {
      await follow(entry, active);
      faults.over(operation);
    } catch (error) {
      const isNews = faults.isNews(operation, error);
      if (isNews) logger.warn({ err: error, operation }, 'an operation cannot be followed');
    }
  }

  async function look(): Promise<void> {
    // A plan may take long, and what runs does not wait for it.
    void ports.resets.look();
    const entries = await activeOperations(reader);
    const active = new Set(entries.map(({ streamId }) => streamId));
    plans.keep(active);
    faults.keep(active);
    telling.keep(active);
    for (const entry of entries) await followOne(entry, entries);
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
        faults.over(LOOK);
      } catch (error) {
        const isNews = faults.isNews(LOOK, error);
        if (isNews) logger.warn({ err: error }, 'operations cannot be followed');
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
