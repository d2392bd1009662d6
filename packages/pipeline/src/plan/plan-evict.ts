import type { OperationApproval, OperationPlanned } from '@refold/contracts';
import { asideGenerations, generationOf } from '../generation/pointer.js';
import { readPointer } from '../generation/stored-pointer.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { ClaimReader } from '../refold/claim-reader.js';
import { evictableStreams, keepWithoutClaims } from '../refold/evictable-streams.js';
import { SELECTED_STREAMS_MAX } from '../refold/select-streams.js';
import { checkHasRuns } from './plan-archive.js';
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
}

/** How many streams a partition gives up. */
async function evictedIn(
  { log, store }: PlanPorts,
  projection: Projection,
  { partition, generation, start, checkpoint }: PresentPartition,
): Promise<number> {
  const slot = slotOf(generationOf(projection, generation), partition);
  const subjects = new Set<string>();
  for await (const subject of evictableStreams(store, slot, start)) {
    if (subjects.size >= SELECTED_STREAMS_MAX) break;
    subjects.add(subject);
  }
  const reader = new ClaimReader(log, projection, partition);
  const end = checkpoint?.next ?? start;
  for (let at = start; at < end && subjects.size > 0;) {
    at = await keepWithoutClaims(reader, subjects, at, end);
  }
  return subjects.size;
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
  { approval, partitions: asked }: EvictRequest,
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
    const streams = await evictedIn(ports, projection, one);
    partitions.push({
      ...{ partition, from: start, to: start, read_from: start, streams, records: 0, bytes: 0 },
      ...{ read_records: 0, log_start: start, log_end: end, views, role, decider },
    });
  }
  return {
    verb: 'evict',
    projection: projection.name,
    arguments: { target: 'cut-off' },
    plan: {
      ...{ generation: present.generation, partition_count: present.partitionCount },
      ...{ streams: partitions.reduce((sum, { streams }) => sum + streams, 0), records: 0 },
      ...{ bytes: 0, read_records: 0, records_per_second: null, eta_seconds: 0 },
      not_folded: present.partitions
        .filter(({ checkpoint }) => checkpoint === null)
        .map(({ partition }) => partition),
      partitions,
    },
    approval,
  };
}
