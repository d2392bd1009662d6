import type { OperationApproval } from '@refold/contracts';
import {
  groupOf,
  makePlan,
  operationPlanned,
  ProjectionReader,
  type EventLog,
  type GroupWatch,
  type OutgoingRecord,
  type PendingReset,
  type Plan,
  type Projection,
  type Publisher,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { Logger } from '@refold/service';
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
  /** Whether somebody has to agree to every operation, those that came by a group included. */
  approval: OperationApproval;
  logger: Logger;
}

/** Makes operations of the resets that were noticed in groups. */
export interface RecordedResets {
  /** Does what is still to do, as far as that goes now; joins what is under way. Never rejects. */
  look(): Promise<void>;
  /** Nothing more is begun; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

type Watch = RecordResetsPorts['watches'][number];

const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'canceled']);

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
  /** What stands on the log: it is not told again while it is on its way to the document. */
  const told = new Set<string>();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let fault: string | null = null;

  async function tell(key: string, record: OutgoingRecord): Promise<void> {
    if (told.has(key)) return;
    const outcome = await publisher.publish(record);
    if (outcome.kind === 'appended') told.add(key);
    else logger.warn({ event: key, outcome: outcome.kind }, 'a reset could not be recorded');
  }

  async function settle(watch: Watch, { operation }: PendingReset): Promise<void> {
    for (const step of ['planned', 'started']) told.delete(`${operation}/${step}`);
    await watch.settle(operation);
  }

  const start = async ({ operation }: PendingReset): Promise<void> =>
    tell(`${operation}/started`, operationStarted(operations, operation));

  async function record(watch: Watch, reset: PendingReset): Promise<void> {
    const { projection } = watch;
    const { operation, partition, target: offset } = reset;
    if (told.has(`${operation}/planned`)) return;
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
    if (plan.isRefused) return;
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
    else if (status === 'planned') await start(reset);
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
    const error = found?.error;
    const reason = error instanceof Error ? error.message : JSON.stringify(error ?? null);
    const isNews = found !== null && reason !== fault && !stopping.signal.aborted;
    if (isNews) logger.warn({ err: error }, 'a reset of a group cannot be recorded yet');
    fault = found === null ? null : reason;
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
