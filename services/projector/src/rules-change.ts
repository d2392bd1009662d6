import {
  encodeEnvelope,
  partitionOf,
  RULES_CHANGED,
  type OperationPlanned,
} from '@refold/contracts';
import { newestDecider, type Rulebook } from '@refold/domain';
import {
  deciderAt,
  decodeCheckpoint,
  generationOf,
  liveGeneration,
  readPointer,
  readRulesHistory,
  slotOf,
  type OutgoingRecord,
  type Projection,
  type Publisher,
  type RefoldResult,
  type RulesHistory,
  type ViewStore,
} from '@refold/pipeline';
import { operationResult } from './operation-result.js';

/** What the change is told to the log with. */
export interface RulesPorts {
  store: ViewStore;
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
  /** It was written a moment ago, and is not folded yet. */
  isWritten: boolean;
}

const SOURCE = '/refold/projector';

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
      source: SOURCE,
      type: RULES_CHANGED,
      subject: `${projection.kinds[0]}/${key}`,
      data: { decider, history: history.map(([offset, version]) => [offset, version]) },
    }),
  };
}

/**
 * Writes the change to its partition, unless it is there; the history that it restates makes two of them one. Null: ask
 * again.
 */
export async function changeRules(
  ports: RulesPorts,
  step: RulesStep,
): Promise<RefoldResult | 'written' | null> {
  const { operation, projection, planned, partition, isCanceling } = step;
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
    return operationResult(operation, partition, 'done', { to: at });
  }
  if (inForce > decider) return ended('failed', `older_rules: ${inForce} is in force`);
  if (step.isWritten) return null;
  if (isCanceling) return ended('canceled');
  const id = `${operation}-${partition}`;
  const record = rulesRecord(projection, partition, { id, decider, history });
  const outcome = await ports.publisher.publish(record);
  if (outcome.kind === 'refused') return ended('failed', `refused: ${outcome.reason}`);
  return outcome.kind === 'appended' || outcome.kind === 'unknown' ? 'written' : null;
}
