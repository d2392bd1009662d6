import type { EventLog, Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import { slotOf } from '../projection.js';
import type { RefoldTask } from '../refold/refold-task.js';
import { TooManyStreams } from '../refold/select-streams.js';
import { documentName } from '../slot/names.js';
import { measurePartition } from './measure-partition.js';
import type { Watch } from './measure-partition.js';
import { NAMED_STREAMS_MAX, NO_AMOUNTS } from './plan.js';
import { PlanRefused } from './plan-refused.js';
import type { PartitionPlan, Refusal } from './plan.js';
import type { PresentPartition } from './present.js';
import { selectionOf } from './task-selection.js';
import type { ResolvedVerb, Verb } from './verb.js';

export interface PlanPorts {
  log: EventLog;
  store: ViewStore;
}

/** What is to be done, once the arguments of its verb were checked. */
export interface Planned extends Pick<RefoldTask, 'effect' | 'sample'> {
  target: Verb['verb'];
  resolved: ResolvedVerb;
}

/**
 * Plans one partition, see {@link measurePartition} for what is read.
 * @throws PlanRefused for a named stream that neither the log nor the store knows.
 */
export async function planPartition(
  ports: PlanPorts,
  projection: Projection,
  planned: Planned,
  present: PresentPartition,
  watch: Watch,
): Promise<PartitionPlan> {
  const { partition, checkpoint, start, end } = present;
  const { resolved: verb, effect } = planned;
  const next = checkpoint?.next ?? 0;
  const { timeMs, untilMs } = verb;
  const offsetFor = async (ms: number | null): Promise<Offset | null> =>
    ms === null ? null : ports.log.offsetForTime(projection.topic, partition, ms);
  const from = verb.target(partition, { start, end, next }, await offsetFor(timeMs));
  const until = await offsetFor(untilMs);
  const to = until === null ? next : Math.min(next, Math.max(from, until));
  const base: PartitionPlan = {
    ...NO_AMOUNTS,
    partition,
    select: selectionOf(effect, planned.target, verb.subjects, { from, to }),
    from,
    to,
    readFrom: to,
    unrebuildableStreams: [],
    logStart: start,
    logEnd: end,
    checkpoint,
    refusal: refusalOf(present, from),
  };
  if (base.refusal !== null) return base;
  try {
    const measured = { ...base, ...(await amountsOf(ports, projection, planned, base, watch)) };
    await checkKnown(ports, projection, planned, measured);
    return measured;
  } catch (error) {
    if (!(error instanceof TooManyStreams)) throw error;
    return { ...base, refusal: { reason: 'too_many_streams', most: error.most } };
  }
}

/** A stream whose document was lost is known by its records, and one that the log no longer has by its document. */
async function checkKnown(
  { store }: PlanPorts,
  projection: Projection,
  { target, resolved }: Planned,
  { partition, records }: PartitionPlan,
): Promise<void> {
  const [subject] = resolved.subjects ?? [];
  if (target !== 'run' || subject === undefined || records > 0) return;
  const { results } = await store.read(slotOf(projection, partition), [
    { kind: 'get', name: documentName(subject) },
  ]);
  if (results[0] !== null) return;
  throw new PlanRefused(partition, 'unknown_stream', `${subject} does not exist.`);
}

function refusalOf({ checkpoint, end }: PresentPartition, from: Offset): Refusal | null {
  if (checkpoint === null) return { reason: 'nothing_folded' };
  if (checkpoint.next > end) return { reason: 'checkpoint_beyond_end' };
  if (from > checkpoint.next) return { reason: 'forward', skips: from - checkpoint.next };
  return null;
}

async function amountsOf(
  ports: PlanPorts,
  projection: Projection,
  { effect, sample }: Planned,
  { partition, select, from, to, logStart }: PartitionPlan,
  watch: Watch,
): Promise<Partial<PartitionPlan>> {
  const task = { effect, select, ...(sample === undefined ? {} : { sample }) };
  const measured = await measurePartition(ports, projection, partition, task, logStart, watch);
  const { streams, unrebuildable, readFrom, read } = measured;
  let records = 0;
  let bytes = 0;
  let heldVerdicts = 0;
  for (const stream of streams.values()) {
    records += stream.claims;
    bytes += stream.bytes;
    heldVerdicts += stream.asked;
  }
  return {
    readFrom,
    streams: streams.size,
    records,
    bytes,
    readRecords: read.records,
    readBytes: read.bytes,
    unrebuildable: unrebuildable.length,
    unrebuildableStreams: unrebuildable.sort().slice(0, NAMED_STREAMS_MAX),
    lost: Math.max(0, Math.min(to, logStart) - from),
    heldVerdicts,
    heldDeadLetters: read.deadLetters,
  };
}
