import type { OperationApproval } from '@refold/contracts';
import {
  groupOf,
  makePlan,
  operationPlanned,
  ProjectionReader,
  type EventLog,
  type GroupWatch,
  type HasEnded,
  type Offset,
  type OutgoingRecord,
  type PendingReset,
  type Plan,
  type Projection,
  type Publisher,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { Logger } from '@refold/service';
import { ActivePlans, activeOperations } from './active-operations.js';
import { ENDS } from './ended-operations.js';
import { FaultNews } from './fault-news.js';
import { operationNoticed, operationStarted } from './operation-events.js';

/** What resets of groups are recorded with. */
export interface RecordResetsPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  /** The projection of operations, whoever folds it. */
  operations: Projection;
  /** The groups of this process. */
  watches: readonly Pick<GroupWatch, 'projection' | 'pending' | 'settle'>[];
  publisher: Pick<Publisher, 'publish'>;
  /** Whether an operation is over by the log. */
  hasEnded: HasEnded;
  /** Whether somebody has to agree to every operation, those that came by a group included. */
  approval: OperationApproval;
  logger: Logger;
}

/** Pause before a plan is made again that was refused, milliseconds: it may read a whole partition. */
const REFUSED_MS = 10_000;

/** Under this name a round has its fault; no operation has an empty ID. */
const ROUND = '';

/** Makes operations of the resets that were noticed in groups. */
export interface RecordedResets {
  /** Does what is still to do, as far as that goes now; joins what is under way. Never rejects. */
  look(): Promise<void>;
  /** Nothing more is begun; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

type Watch = RecordResetsPorts['watches'][number];

/**
 * Why a plan is never carried out, in words; null: it is, or later. A target ahead of what is folded was behind it
 * when the reset was noticed: the store went back, and is folded up to it again.
 */
function neverOf({ partitions: [one] }: Plan): string | null {
  switch (one?.refusal?.reason) {
    case 'too_many_streams':
      return `it is about more than ${one.refusal.most} streams: rewind the partition in parts`;
    case 'nothing_folded':
      return 'the read models were emptied since, and are folded anew in any case';
    default:
      return null;
  }
}

/**
 * Records each reset as an operation, planned and started, and settles it when that has ended. It keeps nothing that
 * matters: what is still to do is the difference between the note in the group and the document of the operation, so
 * that a process may end between any two steps and the next one goes on.
 */
export function recordResets(ports: RecordResetsPorts): RecordedResets {
  const { operations, watches, publisher, approval, logger } = ports;
  const reader = new ProjectionReader(ports.store, operations);
  /** Where it stands on the log: it is not told again while it is on its way to the document. */
  const told = new Map<string, Offset>();
  /** When a plan was refused, by operation. */
  const refused = new Map<string, number>();
  /** What resets wait for, by operation. */
  const waits = new FaultNews();
  const plans = new ActivePlans(reader, ports.hasEnded);
  const stopping = new AbortController();
  let running: Promise<void> | null = null;

  async function tell(key: string, record: OutgoingRecord): Promise<void> {
    if (told.has(key)) return;
    const outcome = await publisher.publish(record);
    if (outcome.kind === 'appended') told.set(key, outcome.offset);
    else logger.warn({ event: key, outcome: outcome.kind }, 'a reset could not be recorded');
  }

  async function settle(watch: Watch, { operation }: PendingReset): Promise<void> {
    for (const step of ['planned', 'started']) told.delete(`${operation}/${step}`);
    refused.delete(operation);
    waits.over(operation);
    await watch.settle(operation);
  }

  function tellWait(watch: Watch, reset: PendingReset, why: string): void {
    if (!waits.isNews(reset.operation, why)) return;
    const fields = { projection: watch.projection.name, ...reset };
    logger.warn(fields, `a reset of the group waits: ${why}`);
  }

  /** What was told and is folded, and has left no trace: the rules have refused it, and do so again. */
  async function tellRefused(watch: Watch, reset: PendingReset, step: string): Promise<void> {
    const { operation } = reset;
    const at = told.get(`${operation}/${step}`);
    if (at === undefined) return;
    const partition = reader.partitionOf(operation);
    const checkpoint = await reader.checkpoint(partition);
    if (checkpoint === null || checkpoint.next <= at) return;
    // What it would have changed was read before the position was.
    const { document } = await reader.document('operation', operation);
    if (document?.state?.status !== (step === 'planned' ? undefined : 'planned')) return;
    const place = `${operations.topic}/${partition} at ${at}`;
    tellWait(watch, reset, `operation.${step} in ${place} was refused by the rules`);
  }

  /** No two operations run on one partition: it is started behind the one that does. */
  async function start(watch: Watch, reset: PendingReset): Promise<void> {
    const { operation, partition } = reset;
    if (told.has(`${operation}/started`)) return tellRefused(watch, reset, 'started');
    const entries = await activeOperations(reader);
    const other = await plans.runningOn(entries, watch.projection.name, [partition]);
    plans.keep(new Set(entries.map(({ streamId }) => streamId)));
    if (other === null) await tell(`${operation}/started`, operationStarted(operations, operation));
    else tellWait(watch, reset, `${other.operation} runs on its partition`);
  }

  async function record(watch: Watch, reset: PendingReset): Promise<void> {
    const { projection } = watch;
    const { operation, partition, target: offset } = reset;
    if (told.has(`${operation}/planned`)) return tellRefused(watch, reset, 'planned');
    const refusedAt = refused.get(operation) ?? Number.NEGATIVE_INFINITY;
    if (ports.timing.now() - refusedAt < REFUSED_MS) return;
    const plan = await makePlan(
      ports,
      projection,
      {
        verb: { verb: 'to-offset', offset },
        effect: 'replace',
        partitions: [partition],
        nowMs: Date.now(),
        measured: [],
      },
      { signal: stopping.signal },
    );
    const never = neverOf(plan);
    if (never !== null) {
      const fields = { projection: projection.name, ...reset };
      logger.error(fields, `a reset of the group is not carried out: ${never}`);
      await settle(watch, reset);
      return;
    }
    if (plan.isRefused) {
      refused.set(operation, ports.timing.now());
      const reasons = plan.partitions.flatMap(({ refusal }) => refusal?.reason ?? []);
      tellWait(watch, reset, `its plan is refused: ${reasons.join()}`);
      return;
    }
    const noticed = {
      ...operationPlanned('rewind', plan, { approval, share: null }),
      arguments: { target: 'to-offset', offset, group: groupOf(projection) },
    };
    await tell(`${operation}/planned`, operationNoticed(operations, operation, noticed));
    logger.info({ projection: projection.name, ...reset }, 'a reset of the group is recorded');
  }

  async function goOn(watch: Watch, reset: PendingReset): Promise<void> {
    const { document } = await reader.document('operation', reset.operation);
    const status = document?.state?.status;
    if (status === undefined) await record(watch, reset);
    else if (ENDS.has(status)) await settle(watch, reset);
    else if (status === 'planned') await start(watch, reset);
  }

  /** One that cannot be recorded holds up no other. */
  async function round(): Promise<void> {
    let found: { error: unknown } | null = null;
    for (const watch of watches) {
      for (const reset of watch.pending()) {
        if (stopping.signal.aborted) return;
        await goOn(watch, reset).catch((error: unknown) => (found ??= { error }));
      }
    }
    tellFault(found);
  }

  /** Says so once, until it is another one or none. */
  function tellFault(found: { error: unknown } | null): void {
    if (found === null) waits.over(ROUND);
    else if (!stopping.signal.aborted && waits.isNews(ROUND, found.error)) {
      logger.warn({ err: found.error }, 'a reset of a group cannot be recorded yet');
    }
  }

  return {
    async look() {
      if (stopping.signal.aborted) return;
      running ??= round().finally(() => (running = null));
      await running;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
