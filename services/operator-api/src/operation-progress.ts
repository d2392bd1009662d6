import type { OperationProgressReply, ProjectionName } from '@refold/contracts';
import {
  namesStreams,
  operationProgress,
  readProgress,
  type PartitionProgress,
  type StoredPlan,
} from '@refold/pipeline';
import type { FoundOperation } from './found-operation.js';
import { isOnGenerations } from './generation-plans.js';
import { generationProgress } from './generation-progress.js';
import type { Operating } from './operating.js';

/** Verbs of which a process works its partitions off one after the other. */
const IN_TURN: ReadonlySet<string> = new Set(['truncate']);

const RUNNING: ReadonlySet<string> = new Set(['running', 'canceling']);

function presentPartition({
  partition,
  progress,
  done,
  etaSeconds,
}: PartitionProgress): OperationProgressReply['partitions'][number] {
  return {
    partition,
    phase: progress?.phase ?? null,
    done,
    eta_seconds: etaSeconds,
    streams: progress?.streams ?? 0,
    settled: progress?.settled ?? 0,
    read_records: progress?.readRecords ?? 0,
    trouble: progress?.trouble ?? null,
  };
}

/** How far an operation is, as the owners of its partitions last told their slots; null unless it runs. */
export async function progressOf(
  operating: Operating,
  found: FoundOperation,
): Promise<OperationProgressReply | null> {
  const { store, projections } = operating;
  const { operation, planned, status } = found;
  const projection = projections[planned.projection as ProjectionName];
  if (!RUNNING.has(status)) return null;
  if (isOnGenerations(planned.verb)) return generationProgress(operating, projection, found);
  const { partitions, eta_seconds: etaSeconds } = planned.plan as unknown as StoredPlan;
  const finished = operation.finished_partitions;
  const open = partitions
    .map(({ partition }) => partition)
    .filter((partition) => !finished.includes(partition));
  const said = await readProgress(store, projection, operation.operation_id, open);
  const isNamed = namesStreams(planned);
  const isInTurn = IN_TURN.has(planned.verb);
  const all = operationProgress({ partitions, etaSeconds, isNamed, isInTurn }, finished, said);
  return {
    done: all.done,
    eta_seconds: all.etaSeconds,
    partitions: all.partitions.map(presentPartition),
  };
}
