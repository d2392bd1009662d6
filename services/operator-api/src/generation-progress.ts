import type { OperationProgressReply } from '@refold/contracts';
import {
  buildHindrance,
  dropHindrance,
  generationCheckpoint,
  leftOf,
  readPointer,
  swapHindrance,
  type Pointer,
  type Projection,
  type StoredGenerationPlan,
} from '@refold/pipeline';
import type { FoundOperation } from './found-operation.js';
import type { Operating } from './operating.js';

type PartitionReply = OperationProgressReply['partitions'][number];

/** A build that lasted less tells nothing of its rate, milliseconds. */
const LASTED_MS_MIN = 1_000;

/** Owners look at the pointer every second: before this time nothing is wrong, milliseconds. */
const TROUBLE_MS_MIN = 3_000;

const SWAPS: ReadonlySet<string> = new Set(['swap', 'rollback']);

/** How long something has lasted, milliseconds, and how long it was planned to last; null: nobody knew. */
interface Lasting {
  lastedMs: number;
  plannedSeconds: number | null;
}

/** What is left, in seconds, of what is done evenly; null where nothing can be told yet. */
function etaOf(done: number, { lastedMs, plannedSeconds }: Lasting): number | null {
  const isMeasured = done > 0 && lastedMs >= LASTED_MS_MIN;
  const measured = isMeasured ? (lastedMs * (1 - done)) / done / 1_000 : null;
  return leftOf(Math.min(1, done), plannedSeconds, measured);
}

const partitionReply = (
  partition: number,
  folded: number | null,
  of: number,
  lasting: Lasting,
  trouble: string | null,
): PartitionReply => {
  const done = of === 0 ? 1 : (folded ?? 0) / of;
  return {
    partition,
    phase: folded === null ? null : 'folding',
    ...{ done, eta_seconds: folded === null ? null : etaOf(done, lasting) },
    ...{ streams: 0, settled: 0, read_records: folded ?? 0, trouble },
  };
};

/** The generation that an operation has made; null: it makes none, or not yet. */
function madeBy({ done }: Pointer, operationId: string): number | null {
  const made = done.get(operationId);
  return made?.kind === 'created' ? made.generation : null;
}

/** Why an operation that runs for a while does not go on in a partition; null: nothing is known. */
async function troubleOf(
  { store, log }: Operating,
  projection: Projection,
  pointer: Pointer,
  { operation, planned }: FoundOperation,
  partition: number,
): Promise<string | null> {
  const made = madeBy(pointer, operation.operation_id);
  if (made !== null) return buildHindrance({ store, log }, projection, pointer, made, partition);
  const { generations } = planned.plan as unknown as StoredGenerationPlan;
  if (planned.verb === 'drop') return dropHindrance({ store, log }, projection, pointer, partition);
  if (!SWAPS.has(planned.verb) || generations === undefined) return null;
  const swap = { operation: operation.operation_id, to: generations.generation };
  return swapHindrance({ store }, projection, pointer, swap, partition);
}

/**
 * How far a running operation on generations or rules is, as the slots of the generation that it builds say; in
 * offsets, because its slots do not count records.
 */
export async function generationProgress(
  operating: Operating,
  projection: Projection,
  found: FoundOperation,
): Promise<OperationProgressReply> {
  const { planned, document, operation } = found;
  const pointer = await readPointer(operating.store, projection);
  const generation = madeBy(pointer, found.operation.operation_id);
  const now = operating.nowMs();
  const lasted = now - (document.started_at ?? now);
  const finished = new Set(operation.finished_partitions);
  const plan = planned.plan as unknown as StoredGenerationPlan;
  const { partitions } = plan;
  // The plan of what builds nothing says nothing of its time.
  const plannedSeconds = generation === null ? null : plan.eta_seconds;
  const lasting = { lastedMs: lasted, plannedSeconds };
  const open: PartitionReply[] = [];
  let folded = 0;
  let of = 0;
  for (const { partition, from, to } of partitions) {
    // Where nothing is built, a partition counts as one.
    const size = generation === null ? 1 : to - from;
    of += size;
    if (finished.has(partition)) {
      folded += size;
      continue;
    }
    const built =
      generation === null
        ? null
        : await generationCheckpoint(operating.store, projection, generation, partition);
    const passed = built === null ? null : Math.max(0, Math.min(built.next, to) - from);
    folded += passed ?? 0;
    const isSlow = lasted >= TROUBLE_MS_MIN;
    const trouble = isSlow
      ? await troubleOf(operating, projection, pointer, found, partition)
      : null;
    open.push(partitionReply(partition, passed, size, lasting, trouble));
  }
  const done = of === 0 ? 1 : folded / of;
  return { done, eta_seconds: etaOf(done, lasting), partitions: open };
}
