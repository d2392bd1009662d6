import { scanPartition } from '../refold/scan-partition.js';
import { generationOf } from '../generation/pointer.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { streamsCounted } from './streams-counted.js';
import { carriedStreams } from './lost-head.js';
import type { PlanPorts } from './plan-partition.js';
import { recordsPerSecond, secondsOf } from './plan-rate.js';
import type { MeasuredOperation } from './plan-rate.js';
import type { StoredPartitionPlan, StoredPlan } from './planned-operation.js';
import type { PresentPartition } from './present.js';

/** What building a generation comes to, in all partitions. */
export interface BuildPlan {
  totals: Pick<
    StoredPlan,
    'streams' | 'records' | 'bytes' | 'read_records' | 'records_per_second' | 'eta_seconds'
  >;
  /** Null: nothing is built. */
  partitions: StoredPartitionPlan[] | null;
}

/** What a build is measured by. */
export interface BuildRequest {
  /** Builds before it, newest first. */
  measured: readonly MeasuredOperation[];
  /** Share of the time that it may take. */
  share: number;
  signal?: AbortSignal | undefined;
}

async function buildOf(
  ports: PlanPorts,
  projection: Projection,
  one: PresentPartition,
  signal: AbortSignal | undefined,
): Promise<StoredPartitionPlan[]> {
  const { partition, start, end, checkpoint, generation } = one;
  if (checkpoint === null) return [];
  const { next, views, role, decider } = checkpoint;
  const from = Math.min(start, next);
  const slot = slotOf(generationOf(projection, generation), partition);
  let records = 0;
  let bytes = 0;
  const read = await scanPartition(ports.log, projection, partition, {
    from,
    to: next,
    signal,
    visit(decoded, size) {
      if (decoded.kind !== 'claim') return;
      records += 1;
      bytes += size;
    },
  });
  const carried = await carriedStreams(ports, projection, one, signal);
  return [
    {
      partition,
      ...{ from, to: next, read_from: from },
      streams: await streamsCounted(ports.store, projection, slot),
      ...{ records, bytes, read_records: read.records },
      ...{ log_start: start, log_end: end, views, role, decider },
      ...(carried.streams === 0
        ? {}
        : { unrebuildable: carried.streams, unrebuildable_streams: [...carried.names] }),
    },
  ];
}

/** Counts what folding these partitions from the start of the log comes to. Reads the log, folds nothing. */
export async function planBuild(
  ports: PlanPorts,
  projection: Projection,
  present: readonly PresentPartition[],
  { measured, share, signal }: BuildRequest,
): Promise<BuildPlan> {
  const partitions: StoredPartitionPlan[] = [];
  for (const one of present) partitions.push(...(await buildOf(ports, projection, one, signal)));
  const sum = (name: 'streams' | 'records' | 'bytes' | 'read_records'): number =>
    partitions.reduce((total, one) => total + one[name], 0);
  const records = sum('read_records');
  const seconds = secondsOf({ partitions, isNamed: true, share }, measured);
  return {
    totals: {
      ...{ streams: sum('streams'), records: sum('records'), bytes: sum('bytes') },
      read_records: records,
      records_per_second: recordsPerSecond(records, seconds),
      eta_seconds: seconds,
    },
    partitions: present.length === 0 ? null : partitions,
  };
}
