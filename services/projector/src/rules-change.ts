import {
  encodeEnvelope,
  partitionOf,
  PROJECTOR_SOURCE,
  RULES_CHANGED,
  type OperationPlanned,
} from '@refold/contracts';
import { newestDecider, type Rulebook } from '@refold/domain';
import {
  deciderAt,
  decodeCheckpoint,
  findPendingRules,
  generationOf,
  liveGeneration,
  LogUnavailable,
  readPointer,
  readRulesHistory,
  slotOf,
  type EventLog,
  type OutgoingRecord,
  type PendingRules,
  type Projection,
  type Publisher,
  type RefoldResult,
  type RulesHistory,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import { operationResult } from './operation-result.js';

/** What the change is told to the log with. */
export interface RulesPorts {
  log: Pick<EventLog, 'read' | 'range'>;
  store: ViewStore;
  timing: Pick<Timing, 'now'>;
  rulebook: Rulebook;
  publisher: Pick<Publisher, 'publish'>;
}

/** A change of the rules of one partition, which this process owns. */
export interface RulesStep {
  operation: string;
  projection: Projection;
  planned: OperationPlanned;
  partition: number;
  isCanceling: boolean;
  memory: RulesMemory;
}

/** What is kept of a step from one look to the next. Losing it costs reading the log once more. */
export interface RulesMemory {
  /** Below this offset stands no change that is still to be folded. */
  lookedTo: number;
  /** A change stands here and is waited for; -1: none is known. */
  pending: number;
  /** Whether one was appended is not known, and it may still come until then, milliseconds of `timing`. */
  doubtUntil: number;
}

export const noRulesMemory = (): RulesMemory => ({ lookedTo: 0, pending: -1, doubtUntil: 0 });

/** A record of which nobody knows whether it was sent stands on the log within this time, milliseconds, or never. */
const DOUBT_MS = 10_000;

/** A key that lies on the partition; with a million tries for a thousand partitions there is one. */
function keyOn(partition: number, partitions: number): string {
  for (let n = 0; n < 1_000_000; n++) {
    if (partitionOf(`rules-${n}`, partitions) === partition) return `rules-${n}`;
  }
  throw new Error(`no key lies on partition ${partition} of ${partitions}`);
}

/** A record that selects a version of the rules, and restates the changes before it. */
export function rulesRecord(
  projection: Projection,
  partition: number,
  { id, decider, history }: { id: string; decider: number; history: RulesHistory },
): OutgoingRecord {
  const key = keyOn(partition, projection.partitions);
  return {
    topic: projection.topic,
    partition,
    key,
    value: encodeEnvelope({
      id,
      source: PROJECTOR_SOURCE,
      type: RULES_CHANGED,
      subject: `${projection.kinds[0]}/${key}`,
      data: { decider, history: history.map(([offset, version]) => [offset, version]) },
    }),
  };
}

/** Records that the plan says are written here; none where that version was in force already. */
const plannedRecords = ({ planned: { plan }, partition }: RulesStep): number =>
  plan.partitions.find((one) => one.partition === partition)?.records ?? 0;

/** Whether the log was looked through, and holds no change that is still to be folded. */
async function isLookedThrough(
  { log }: Pick<RulesPorts, 'log'>,
  { projection, partition, memory }: RulesStep,
  { history, next }: { history: RulesHistory; next: number },
): Promise<boolean> {
  const from = Math.max(memory.lookedTo, next);
  let found: PendingRules;
  try {
    found = await findPendingRules(log, projection, partition, { history, from });
  } catch (error) {
    // Live folding waits for the log, too, and says so; other partitions do not wait for this one.
    if (error instanceof LogUnavailable) return false;
    throw error;
  }
  if (found.kind === 'pending') {
    memory.pending = found.offset;
    return false;
  }
  memory.lookedTo = found.to;
  return found.isWhole;
}

/** @returns Null: it stands on the log, or may; or it cannot be written now. */
async function write(
  ports: RulesPorts,
  { memory }: RulesStep,
  record: OutgoingRecord,
): Promise<string | null> {
  const outcome = await ports.publisher.publish(record);
  if (outcome.kind === 'appended') memory.pending = outcome.offset;
  if (outcome.kind === 'unknown') memory.doubtUntil = ports.timing.now() + DOUBT_MS;
  return outcome.kind === 'refused' ? `refused: ${outcome.reason}` : null;
}

/**
 * Writes the change to its partition, unless it is there: then it is only waited for, and cannot be canceled any more.
 * Null: ask again.
 * @throws StoreUnavailable
 */
export async function changeRules(
  ports: RulesPorts,
  step: RulesStep,
): Promise<RefoldResult | null> {
  const { operation, projection, planned, partition, isCanceling, memory } = step;
  const decider = Number((planned.arguments as { decider?: unknown } | null)?.decider);
  const ended = (outcome: RefoldResult['outcome'], error?: string): RefoldResult =>
    operationResult(operation, partition, outcome, error === undefined ? {} : { error });
  const newest = newestDecider(ports.rulebook);
  if (!(decider <= newest)) {
    return ended('failed', `decider_unknown: this member has versions 1 to ${newest}`);
  }
  const pointer = await readPointer(ports.store, projection);
  const live = generationOf(projection, liveGeneration(pointer, partition));
  const { checkpoint, history } = await readRulesHistory(ports.store, slotOf(live, partition));
  if (checkpoint === null) return null;
  const { next } = decodeCheckpoint(checkpoint);
  const inForce = deciderAt(history, next);
  if (inForce === decider) {
    const at = history.find(([, version]) => version === decider)?.[0] ?? 0;
    return operationResult(operation, partition, 'done', { to: at, records: plannedRecords(step) });
  }
  if (inForce > decider) return ended('failed', `older_rules: ${inForce} is in force`);
  if (next <= memory.pending || ports.timing.now() < memory.doubtUntil) return null;
  if (!(await isLookedThrough(ports, step, { history, next }))) return null;
  if (isCanceling) return ended('canceled');
  const id = `${operation}-${partition}`;
  const fault = await write(
    ports,
    step,
    rulesRecord(projection, partition, { id, decider, history }),
  );
  return fault === null ? null : ended('failed', fault);
}
