import type {
  OperationArguments,
  OperationPlanned,
  OperationProgressReply,
  OperationReply,
  OperationWithPlanReply,
  PlanReply,
} from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import type { DocumentRead, StoredGenerationPlan, StoredPartitionPlan } from '@refold/pipeline';
import { freshnessOf, nullableTimeText, positionText, timeText } from '@refold/serving';

/** An operation as replies show it; null: no event of it is folded. */
export function presentOperation(read: DocumentRead): OperationReply | null {
  const { document } = read;
  const state = document?.state ?? null;
  if (document === null || state === null) return null;
  const operation = document.views['operation'] as OperationDocument;
  return {
    operation_id: read.streamId,
    verb: operation.verb,
    projection: operation.projection,
    status: state.status as OperationReply['status'],
    approval: operation.approval,
    last_seq: state.seq,
    planned: operation.planned,
    result: {
      ...operation.result,
      refused: operation.refused ?? 0,
      still_parked: operation.still_parked ?? 0,
    },
    finished_partitions: operation.finished_partitions,
    failed_partitions: operation.failed_partitions ?? 0,
    canceled_partitions: operation.canceled_partitions ?? 0,
    error: operation.error ?? null,
    ...(operation.record === undefined
      ? {}
      : { record: operation.record as OperationReply['record'] }),
    planned_by: operation.planned_by ?? null,
    planned_at: timeText(operation.planned_at),
    approved_by: operation.approved_by ?? null,
    approved_at: nullableTimeText(operation.approved_at),
    approved_reason: operation.approved_reason ?? null,
    started_by: operation.started_by ?? null,
    started_at: nullableTimeText(operation.started_at),
    cancel_requested_by: operation.cancel_requested_by ?? null,
    cancel_requested_at: nullableTimeText(operation.cancel_requested_at),
    cancel_requested_reason: operation.cancel_requested_reason ?? null,
    finished_at: nullableTimeText(operation.finished_at),
    position: positionText(read.position),
    freshness: freshnessOf({ ...read, document }),
  };
}

const sumOf = (
  partitions: readonly StoredPartitionPlan[],
  name: 'unrebuildable' | 'left_out' | 'lost' | 'held_verdicts' | 'held_dead_letters',
): number => partitions.reduce((sum, one) => sum + (one[name] ?? 0), 0);

const presentPartition = (one: StoredPartitionPlan): PlanReply['partitions'][number] => ({
  partition: one.partition,
  from: one.from,
  to: one.to,
  read_from: one.read_from,
  log_start: one.log_start,
  log_end: one.log_end,
  streams: one.streams,
  records: one.records,
  bytes: one.bytes,
  read_records: one.read_records,
  unrebuildable: one.unrebuildable ?? 0,
  ...(one.unrebuildable_streams === undefined
    ? {}
    : { unrebuildable_streams: one.unrebuildable_streams }),
  ...(one.subjects === undefined ? {} : { subjects: one.subjects }),
  ...(one.held_events === undefined ? {} : { held_events: one.held_events }),
  ...(one.held_by === undefined ? {} : { held_by: one.held_by }),
  ...(one.skip === undefined ? {} : { skip: { ...one.skip } }),
  ...(one.letter === undefined ? {} : { letter: one.letter }),
  ...(one.record === undefined ? {} : { record: one.record }),
  left_out: one.left_out ?? 0,
  lost: one.lost ?? 0,
  held_verdicts: one.held_verdicts ?? 0,
  held_dead_letters: one.held_dead_letters ?? 0,
});

/** A plan as replies show it, from the data of `operation.planned`. */
export function presentPlan(planned: OperationPlanned): PlanReply {
  const plan = planned.plan as unknown as StoredGenerationPlan;
  const { partitions } = plan;
  return {
    verb: planned.verb,
    projection: planned.projection,
    generation: plan.generation,
    ...(plan.generations === undefined ? {} : { generations: plan.generations }),
    ...(plan.rules === undefined ? {} : { rules: plan.rules }),
    arguments: (planned.arguments ?? {}) as OperationArguments,
    sample: planned.sample?.share ?? null,
    share: planned.share ?? null,
    streams: plan.streams,
    records: plan.records,
    bytes: plan.bytes,
    read_records: plan.read_records,
    unrebuildable: sumOf(partitions, 'unrebuildable'),
    left_out: sumOf(partitions, 'left_out'),
    lost: sumOf(partitions, 'lost'),
    held_verdicts: sumOf(partitions, 'held_verdicts'),
    held_dead_letters: sumOf(partitions, 'held_dead_letters'),
    records_per_second: plan.records_per_second,
    eta_seconds: plan.eta_seconds,
    not_folded: plan.not_folded,
    partitions: partitions.map(presentPartition),
  };
}

/** An operation together with its plan, and how far it is. */
export const withPlan = (
  operation: OperationReply,
  planned: OperationPlanned,
  progress: OperationProgressReply | null,
): OperationWithPlanReply => ({ ...operation, plan: presentPlan(planned), progress });
