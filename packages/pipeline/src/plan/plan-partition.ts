import type { EventLog, Offset } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import { scanPartition } from '../refold/scan-partition.js';
import type { ReadAmount, Scan } from '../refold/scan-partition.js';
import { selectStreams, TooManyStreams } from '../refold/select-streams.js';
import type { SelectedStreams, Selection } from '../refold/select-streams.js';
import { NAMED_STREAMS_MAX, NO_AMOUNTS } from './plan.js';
import type { PartitionPlan, Refusal } from './plan.js';
import type { PresentPartition } from './present.js';
import type { ResolvedVerb } from './verb.js';

export interface PlanPorts {
  log: EventLog;
  store: ViewStore;
}

export type Watch = Pick<Scan, 'signal' | 'progress'>;

/** Plans one partition. Reads each record of the log at most once, but for what precedes the first selected claim. */
export async function planPartition(
  ports: PlanPorts,
  projection: Projection,
  verb: ResolvedVerb,
  present: PresentPartition,
  watch: Watch,
): Promise<PartitionPlan> {
  const { partition, checkpoint, start, end } = present;
  const next = checkpoint?.next ?? 0;
  const from = verb.target(
    partition,
    { start, end, next },
    await sinceOf(ports, projection, verb, partition),
  );
  const base: PartitionPlan = {
    ...NO_AMOUNTS,
    partition,
    select: selectionOf(verb, from, next),
    from,
    to: next,
    readFrom: next,
    unrebuildableStreams: [],
    logStart: start,
    logEnd: end,
    checkpoint,
    refusal: refusalOf(present, from),
  };
  if (base.refusal !== null) return base;
  try {
    return { ...base, ...(await measure(ports, projection, base, watch)) };
  } catch (error) {
    if (!(error instanceof TooManyStreams)) throw error;
    return { ...base, refusal: { reason: 'too_many_streams', most: error.most } };
  }
}

const sinceOf = async (
  { log }: PlanPorts,
  { topic }: Projection,
  { timeMs }: ResolvedVerb,
  partition: number,
): Promise<Offset | null> => (timeMs === null ? null : log.offsetForTime(topic, partition, timeMs));

const selectionOf = ({ subjects }: ResolvedVerb, from: Offset, to: Offset): Selection =>
  subjects === null ? { kind: 'range', from, to } : { kind: 'streams', subjects, to };

function refusalOf({ checkpoint, end }: PresentPartition, from: Offset): Refusal | null {
  if (checkpoint === null) return { reason: 'nothing_folded' };
  if (checkpoint.next > end) return { reason: 'checkpoint_beyond_end' };
  if (from > checkpoint.next) return { reason: 'forward', skips: from - checkpoint.next };
  return null;
}

async function measure(
  { log, store }: PlanPorts,
  projection: Projection,
  { partition, select, from, to, logStart }: PartitionPlan,
  watch: Watch,
): Promise<Partial<PartitionPlan>> {
  const selected = await selectStreams({ log, store }, projection, partition, select, watch);
  const read = await completed(log, projection, partition, selected, to, watch);
  let records = 0;
  let bytes = 0;
  let heldVerdicts = 0;
  for (const stream of selected.streams.values()) {
    records += stream.claims;
    bytes += stream.bytes;
    heldVerdicts += stream.asked;
  }
  const { streams, unrebuildable, readFrom } = selected;
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

/**
 * What lies in [readFrom, to): the selection has read [scannedFrom, to), so either the part before it
 * is read as well, or what it read before `readFrom` is taken out again.
 */
async function completed(
  log: EventLog,
  projection: Projection,
  partition: number,
  { streams, scannedFrom, readFrom, read }: SelectedStreams,
  to: Offset,
  watch: Watch,
): Promise<ReadAmount> {
  const isBefore = readFrom < scannedFrom;
  const rest = await scanPartition(log, projection, partition, {
    ...watch,
    from: Math.min(readFrom, scannedFrom),
    to: Math.min(to, Math.max(readFrom, scannedFrom)),
    visit(decoded, bytes) {
      const stream = decoded.kind === 'claim' ? streams.get(decoded.claim.subject) : undefined;
      if (stream === undefined || decoded.kind !== 'claim' || !isBefore) return;
      stream.claims += 1;
      stream.bytes += bytes;
      if (decoded.claim.replyTo !== null) stream.asked += 1;
    },
  });
  const sign = isBefore ? 1 : -1;
  return {
    records: read.records + sign * rest.records,
    bytes: read.bytes + sign * rest.bytes,
    deadLetters: read.deadLetters + sign * rest.deadLetters,
  };
}
