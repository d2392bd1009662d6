import type { OperationApproval, OperationPlanned } from '@refold/contracts';
import { asideGenerations, generationOf } from '../generation/pointer.js';
import { readPointer } from '../generation/stored-pointer.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { SHARE_DEFAULT } from '../refold/attempt.js';
import { ClaimReader } from '../refold/claim-reader.js';
import { evictablePages, keepWithoutClaims } from '../refold/evictable-streams.js';
import { SELECTED_STREAMS_MAX } from '../refold/select-streams.js';
import { REFUSALS } from '../slot/names.js';
import { RefusalLog } from '../slot/refusals.js';
import { checkHasRuns } from './plan-archive.js';
import { recordsPerSecond, secondsOf } from './plan-rate.js';
import type { MeasuredOperation } from './plan-rate.js';
import { PlanRefused } from './plan-refused.js';
import type { PlanPorts } from './plan-partition.js';
import type { StoredPartitionPlan } from './planned-operation.js';
import { readPresent } from './present.js';
import type { PresentPartition } from './present.js';
import { partitionsIn } from './verb.js';

export interface EvictRequest {
  approval: OperationApproval;
  /** The partitions that are meant; null = all. */
  partitions: readonly number[] | null;
  /** Share of the time that it is given; null: the usual one. */
  share: number | null;
  /** Evictions that are done, newest first. */
  measured: readonly MeasuredOperation[];
  /** Looked at before every read. */
  signal?: AbortSignal;
}

/** How many streams a partition gives up, and what is read to know it: claims of those, and of streams that were refused. */
async function evictedIn(
  { log, store }: PlanPorts,
  projection: Projection,
  { partition, generation, start, checkpoint }: PresentPartition,
  signal: AbortSignal | undefined,
): Promise<{ streams: number; readRecords: number }> {
  const slot = slotOf(generationOf(projection, generation), partition);
  const streams = new Set<string>();
  for await (const page of evictablePages(store, slot, start)) {
    signal?.throwIfAborted();
    for (const subject of page.slice(0, SELECTED_STREAMS_MAX - streams.size)) streams.add(subject);
    if (streams.size >= SELECTED_STREAMS_MAX) break;
  }
  const { results } = await store.read(slot, [{ kind: 'fields', name: REFUSALS }]);
  const refused = RefusalLog.load(results[0]).subjectsBelow(start);
  const subjects = new Set([...streams, ...refused]);
  const reader = new ClaimReader(log, projection, partition);
  const end = checkpoint?.next ?? start;
  let readRecords = 0;
  for (let at = start; at < end && subjects.size > 0;) {
    signal?.throwIfAborted();
    const read = await keepWithoutClaims(reader, subjects, at, end);
    at = read.at;
    readRecords += read.records;
  }
  return { streams: [...streams].filter((one) => subjects.has(one)).length, readRecords };
}

/** @throws PlanRefused where another generation holds the read models of these partitions, too. */
export async function checkHeldAlone(
  store: PlanPorts['store'],
  projection: Projection,
  partitions: readonly number[],
): Promise<void> {
  const pointer = await readPointer(store, projection);
  for (const partition of partitions) {
    const [other] = asideGenerations(pointer, partition);
    if (other === undefined) continue;
    const why = `Generation ${other} holds these runs as well: drop it first.`;
    throw new PlanRefused(partition, 'other_generation', why);
  }
}

/**
 * What removing the read models of archived runs would do whose records the log has given up: so many streams, whose
 * events can be read no more afterwards. What is left of the log is read for claims of them.
 * @throws ArgumentRefused, PlanRefused while another generation holds them too.
 */
export async function planEvict(
  ports: PlanPorts,
  projection: Projection,
  { approval, partitions: asked, share, measured, signal }: EvictRequest,
): Promise<OperationPlanned> {
  checkHasRuns(projection);
  const meant = partitionsIn(projection, asked);
  await checkHeldAlone(ports.store, projection, meant);
  const present = await readPresent(ports.log, ports.store, projection, meant);
  const partitions: StoredPartitionPlan[] = [];
  for (const one of present.partitions) {
    if (one.checkpoint === null) continue;
    const { views, role, decider } = one.checkpoint;
    const { partition, start, end } = one;
    const { streams, readRecords } = await evictedIn(ports, projection, one, signal);
    partitions.push({
      ...{ partition, from: start, to: start, read_from: start, streams, records: 0, bytes: 0 },
      ...{ read_records: readRecords, log_start: start, log_end: end, views, role, decider },
    });
  }
  const sum = (name: 'streams' | 'read_records'): number =>
    partitions.reduce((total, one) => total + one[name], 0);
  const [streams, read] = [sum('streams'), sum('read_records')];
  // It goes on in each partition beside the others, as what folds streams anew does.
  const undertaking = { partitions, isNamed: false, share: share ?? SHARE_DEFAULT };
  const seconds = secondsOf(undertaking, measured);
  return {
    verb: 'evict',
    projection: projection.name,
    arguments: { target: 'cut-off' },
    plan: {
      ...{ generation: present.generation, partition_count: present.partitionCount },
      ...{ streams, records: 0, bytes: 0, read_records: read },
      records_per_second: recordsPerSecond(read, seconds),
      eta_seconds: seconds,
      not_folded: present.partitions
        .filter(({ checkpoint }) => checkpoint === null)
        .map(({ partition }) => partition),
      partitions,
    },
    approval,
    ...(share === null ? {} : { share }),
  };
}
