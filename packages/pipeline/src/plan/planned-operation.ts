import type {
  JsonValue,
  OperationApproval,
  OperationPlanned,
  OperationVerb,
} from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { RefoldTask, SkippedClaim } from '../refold/refold-task.js';
import type { Checkpoint, Role } from '../slot/checkpoint.js';
import type { Comparable } from './changed-since.js';
import type { Hold } from './cut-limits.js';
import { NAMED_STREAMS_MAX, totalOf } from './plan.js';
import type { PartitionPlan, Plan } from './plan.js';
import { recordsPerSecond } from './plan-rate.js';
import { effectOf, isKnownVerb, selectionOf } from './task-selection.js';

/** A plan in one partition, as the event `operation.planned` keeps it; what is 0 or empty is left out. */
export type StoredPartitionPlan = {
  partition: number;
  from: Offset;
  to: Offset;
  read_from: Offset;
  streams: number;
  records: number;
  bytes: number;
  read_records: number;
  log_start: Offset;
  log_end: Offset;
  views: string;
  role: Role;
  decider: number;
  /** The one that is live there, in a plan on generations. */
  generation?: number;
  unrebuildable?: number;
  unrebuildable_streams?: string[];
  lost?: number;
  held_verdicts?: number;
  held_dead_letters?: number;
  /** Streams that are named, where the plan chose them, and how many there are besides. */
  subjects?: string[];
  left_out?: number;
  /** With archive: events that the named runs hold. */
  held_events?: number;
  /** With truncate: what keeps the rest. */
  held_by?: Hold;
  /** The claim that is left out. */
  skip?: SkippedClaim;
  /** A dead letter that is published again: what it was, and the record that is written for it. */
  letter?: StoredLetter;
  record?: LetterRecord;
};

/** Of a dead letter, what a plan keeps: the letter itself stays where it stands. */
export interface StoredLetter {
  reason: string;
  bytes: number;
  /** SHA-256 of its value; null where the log no longer has it. */
  digest: string | null;
  /** Members at the top that are changed; null where it was no JSON object. */
  changed: string[] | null;
}

/** A record that is written for a dead letter. */
export interface LetterRecord {
  topic: string;
  partition: number;
  key: string;
  value: { [member: string]: JsonValue };
}

/** A plan as the event keeps it. */
export type StoredPlan = {
  generation: number;
  partition_count: number;
  streams: number;
  records: number;
  bytes: number;
  read_records: number;
  records_per_second: number | null;
  eta_seconds: number | null;
  /** Partitions that were meant, and of which nothing is folded. */
  not_folded: number[];
  partitions: StoredPartitionPlan[];
};

const orLeftOut = (name: string, value: number): object => (value === 0 ? {} : { [name]: value });

function storedPartition(
  one: PartitionPlan,
  { views, role, decider }: Checkpoint,
  names: string[],
): StoredPartitionPlan {
  return {
    partition: one.partition,
    from: one.from,
    to: one.to,
    read_from: one.readFrom,
    streams: one.streams,
    records: one.records,
    bytes: one.bytes,
    read_records: one.readRecords,
    log_start: one.logStart,
    log_end: one.logEnd,
    views,
    role,
    decider,
    ...orLeftOut('unrebuildable', one.unrebuildable),
    ...(names.length === 0 ? {} : { unrebuildable_streams: names }),
    ...orLeftOut('lost', one.lost),
    ...orLeftOut('held_verdicts', one.heldVerdicts),
    ...orLeftOut('held_dead_letters', one.heldDeadLetters),
  };
}

/** Partitions of a plan that have something to fold again: where nothing is folded, nothing is done. */
const isFolded = ({ refusal }: PartitionPlan): boolean => refusal?.reason !== 'nothing_folded';

/**
 * What is recorded of a plan: enough to carry it out, and to tell what changed since. All partitions together
 * name at most {@link NAMED_STREAMS_MAX} unrebuildable streams.
 */
export function storedPlanOf(plan: Plan): StoredPlan {
  const folded = plan.partitions.filter(isFolded);
  let left = NAMED_STREAMS_MAX;
  const partitions = folded.flatMap((one) => {
    if (one.checkpoint === null) return [];
    const names = one.unrebuildableStreams.slice(0, left);
    left -= names.length;
    return [storedPartition(one, one.checkpoint, names)];
  });
  const { streams, records, bytes, readRecords } = totalOf(folded);
  return {
    generation: plan.generation,
    partition_count: plan.partitionCount,
    streams,
    records,
    bytes,
    read_records: readRecords,
    records_per_second: recordsPerSecond(readRecords, plan.etaSeconds),
    eta_seconds: plan.etaSeconds,
    not_folded: plan.partitions.filter((one) => !isFolded(one)).map(({ partition }) => partition),
    partitions,
  };
}

/** The data of the event `operation.planned`. A file of offsets is not repeated: the plan has each of them. */
export function operationPlanned(
  verb: OperationVerb,
  plan: Plan,
  { approval, share }: { approval: OperationApproval; share: number | null },
): OperationPlanned & { plan: StoredPlan } {
  const { verb: target, ...rest } = plan.verb;
  const members = target === 'from-file' ? {} : rest;
  return {
    verb,
    projection: plan.projection,
    arguments: { target, ...members },
    plan: storedPlanOf(plan),
    approval,
    ...(plan.sample === undefined ? {} : { sample: plan.sample }),
    ...(share === null ? {} : { share }),
  };
}

/** The plan in the data of `operation.planned`. */
const planIn = ({ plan }: OperationPlanned): StoredPlan => plan as unknown as StoredPlan;

/** The partitions that an operation is carried out in. */
export const plannedPartitions = (planned: OperationPlanned): number[] =>
  planned.plan.partitions.map(({ partition }) => partition);

/** Which generations a plan found live on its partitions; of a partition of which it does not say so, none. */
export const plannedLive = (planned: OperationPlanned): Map<number, number> =>
  new Map(
    planIn(planned).partitions.flatMap(({ partition, generation }): [number, number][] =>
      generation === undefined ? [] : [[partition, generation]],
    ),
  );

/** As much of a recorded plan as is compared with the present. */
export function comparableOf(planned: OperationPlanned): Comparable {
  const { generation, partition_count: partitionCount, partitions } = planIn(planned);
  return {
    generation,
    partitionCount,
    partitions: partitions.map(({ partition, to, read_from: readFrom, ...checkpoint }) => ({
      partition,
      to,
      readFrom,
      live: checkpoint.generation ?? null,
      checkpoint,
    })),
  };
}

/** The streams that an operation names in one partition of its plan; null: they are looked for. */
function subjectsIn({ arguments: args }: OperationPlanned, found: StoredPartitionPlan) {
  const { subject } = (args ?? {}) as { subject?: string };
  return found.subjects ?? (subject === undefined ? null : [subject]);
}

/** Whether an operation names its streams: then none are looked for. */
export const namesStreams = (planned: OperationPlanned): boolean =>
  planIn(planned).partitions.every((found) => subjectsIn(planned, found) !== null);

/**
 * What an operation asks of a partition; null: its plan says nothing of it, or another build planned something that
 * this one does not know.
 */
export function taskOf(
  operation: string,
  planned: OperationPlanned,
  partition: number,
): RefoldTask | null {
  const { verb } = planned;
  const found = planIn(planned).partitions.find((one) => one.partition === partition);
  if (!isKnownVerb(verb) || found === undefined) return null;
  const effect = effectOf(verb);
  const { target } = (planned.arguments ?? {}) as { target?: string };
  const { sample, share } = planned;
  return {
    operation,
    effect,
    select: selectionOf(effect, target, subjectsIn(planned, found), found),
    ...(sample == null ? {} : { sample }),
    ...(share == null ? {} : { share }),
    ...(found.skip === undefined ? {} : { skip: found.skip }),
  };
}
