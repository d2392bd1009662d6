import type { OperationPlanned } from '@refold/contracts';
import {
  beginSwap,
  carriedInto,
  createGeneration,
  dropGeneration,
  forbidSwap,
  generationCheckpoint,
  generationOf,
  isNearLive,
  liveGeneration,
  plannedLive,
  plannedPartitions,
  readPointer,
  SHARE,
  slotOf,
  streamsCounted,
  type EventLog,
  type Pointer,
  type PointerPorts,
  type PointerRefusal,
  type Projection,
  type RefoldResult,
  type StoredGenerationPlan,
  type ViewStore,
} from '@refold/pipeline';
import { operationResult } from './operation-result.js';

/** An operation on generations, as it was planned, and whether it is to end. */
export interface GenerationStep {
  operation: string;
  projection: Projection;
  planned: OperationPlanned;
  isCanceling: boolean;
}

/** What generations are changed with. */
export type GenerationPorts = PointerPorts & { store: ViewStore; log: Pick<EventLog, 'range'> };

const planOf = ({ planned }: GenerationStep): StoredGenerationPlan =>
  planned.plan as unknown as StoredGenerationPlan;

const targetOf = (step: GenerationStep): number => planOf(step).generations?.generation ?? 0;

/** The same end in every partition. */
const everywhere = (
  { operation, planned }: GenerationStep,
  outcome: RefoldResult['outcome'],
  error?: string,
): RefoldResult[] =>
  plannedPartitions(planned).map((partition) =>
    operationResult(operation, partition, outcome, error === undefined ? {} : { error }),
  );

/** Whether a generation has passed what was planned and is about where the live one is. */
async function isBuilt(
  ports: GenerationPorts,
  { projection }: GenerationStep,
  pointer: Pointer,
  generation: number,
  { partition, to }: { partition: number; to: number },
): Promise<boolean> {
  const own = await generationCheckpoint(ports.store, projection, generation, partition);
  if (own === null || own.next < to) return false;
  const live = liveGeneration(pointer, partition);
  const other =
    live === generation
      ? own
      : await generationCheckpoint(ports.store, projection, live, partition);
  const slot = slotOf(generationOf(projection, generation), partition);
  return isNearLive(own, other ?? own, await carriedInto(ports.store, slot));
}

/** Why a partition will never be built; null: it is only not built yet. */
async function lostHead(
  { log, ...ports }: GenerationPorts,
  { projection }: GenerationStep,
  generation: number,
  { partition, from }: { partition: number; from: number },
): Promise<string | null> {
  const own = await generationCheckpoint(ports.store, projection, generation, partition);
  const next = own?.next ?? from;
  let start: number;
  try {
    ({ start } = await log.range(projection.topic, partition));
  } catch {
    // Live folding waits for the log, too, and says so.
    return null;
  }
  if (start <= next) return null;
  return `log_head_missing: the log begins at ${start} now, and generation ${generation} stands at ${next}: drop it`;
}

/** What a swap was given up for that was canceled. */
const CANCELED = 'canceled';

/** What a generation is dropped as whose reprojection was canceled: known under the operation, so that nobody makes it again. */
const cancelOf = (operation: string): string => `${operation}/cancel`;

/** Has a generation built, and tells of each partition in which it is. */
async function reproject(ports: GenerationPorts, step: GenerationStep): Promise<RefoldResult[]> {
  const { operation, projection } = step;
  const { views = '' } = planOf(step).generations ?? {};
  const share = step.planned.share ?? SHARE;
  const made = await createGeneration(ports, projection, { operation, views, share });
  if (made.kind !== 'created') {
    return everywhere(step, 'failed', made.kind === 'refused' ? made.code : made.kind);
  }
  const { generation } = made;
  if (step.isCanceling) {
    await dropGeneration(ports, projection, { operation: cancelOf(operation), generation });
    return everywhere(step, 'canceled');
  }
  const pointer = await readPointer(ports.store, projection);
  const state = pointer.generations.get(generation)?.state ?? 'dropping';
  // Another process has heard of the cancel first.
  if (pointer.done.has(cancelOf(operation))) return everywhere(step, 'canceled');
  if (state === 'dropping') return everywhere(step, 'failed', 'generation_dropped');
  const built: RefoldResult[] = [];
  for (const one of planOf(step).partitions) {
    if (!(await isBuilt(ports, step, pointer, generation, one))) {
      const why = await lostHead(ports, step, generation, one);
      if (why !== null)
        built.push(operationResult(operation, one.partition, 'failed', { error: why }));
      continue;
    }
    const slot = slotOf(generationOf(projection, generation), one.partition);
    const { records, bytes, read_records: readRecords, read_from: readFrom, to } = one;
    const streams = await streamsCounted(ports.store, projection, slot);
    // Whatever was planned lies below the position that was passed.
    const amounts = { streams, records, bytes, readRecords, readFrom, to };
    built.push(operationResult(operation, one.partition, 'done', amounts));
  }
  return built;
}

/** What was compared, and accepted, is what is swapped: a swap that was faster is no part of the plan. */
function refusedBy(refusal: PointerRefusal): string {
  if (refusal.code !== 'live_changed') return refusal.code;
  const { code, partition, planned, found } = refusal;
  return `${code}: generation ${found} is live on partition ${partition} now, and the plan is about ${planned}: make a new plan`;
}

/** Asks for a swap, and tells what became of it. */
async function swap(ports: GenerationPorts, step: GenerationStep): Promise<RefoldResult[]> {
  const { operation, projection, planned, isCanceling } = step;
  const request = {
    ...{ operation, to: targetOf(step), partitions: plannedPartitions(planned) },
    ...(planned.verb === 'rollback' ? { isBack: true as const } : {}),
  };
  const found = isCanceling
    ? await forbidSwap(ports, projection, operation, CANCELED)
    : await beginSwap(ports, projection, request, plannedLive(planned));
  switch (found.kind) {
    case 'begun':
      return [];
    case 'swapped':
      return everywhere(step, 'done');
    case 'given_up':
      // The pointer decides, and not what this process has heard of: others end it, too.
      return everywhere(step, found.reason === CANCELED ? 'canceled' : 'failed', found.reason);
    case 'refused':
      // Another swap of the projection is about to end.
      if (found.code === 'swap_in_progress') return [];
      return everywhere(step, 'failed', refusedBy(found));
    default:
      return everywhere(step, 'failed', found.kind);
  }
}

/** Has a generation removed; a drop that began cannot be taken back. */
async function drop(ports: GenerationPorts, step: GenerationStep): Promise<RefoldResult[]> {
  const { operation, projection } = step;
  const generation = targetOf(step);
  const found = await dropGeneration(ports, projection, { operation, generation });
  if (found.kind === 'refused') {
    return found.code === 'swap_in_progress' ? [] : everywhere(step, 'failed', found.code);
  }
  const { generations, done } = await readPointer(ports.store, projection);
  if (generations.has(generation)) return [];
  const noted = done.get(operation);
  const removed = noted?.kind === 'dropped' ? (noted.streams ?? {}) : {};
  return plannedPartitions(step.planned).map((partition) => {
    const streams = removed[partition] ?? 0;
    return operationResult(operation, partition, 'done', { streams, replaced: streams });
  });
}

const STEPS: Readonly<
  Partial<Record<string, (ports: GenerationPorts, step: GenerationStep) => Promise<RefoldResult[]>>>
> = { reproject, swap, rollback: swap, drop };

/**
 * Takes an operation on generations one step further, and tells in which partitions it is over. May be repeated, by any
 * process: what was done already is known under the operation.
 */
export const generationStep = async (
  ports: GenerationPorts,
  step: GenerationStep,
): Promise<RefoldResult[]> => (await STEPS[step.planned.verb]?.(ports, step)) ?? [];
