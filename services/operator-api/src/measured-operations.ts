import type { OperationVerb, ProjectionName } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import {
  namesStreams,
  SHARE_DEFAULT,
  trafficBetween,
  type MeasuredOperation,
  type StoredPlan,
  type Traffic,
} from '@refold/pipeline';
import { findOperation } from './found-operation.js';
import type { Operating } from './operating.js';

/** Operations of a verb that are looked at, newest first, and those that are enough. */
const LOOKED_AT = 50;
const ENOUGH = 5;

/** A shorter operation measures how it begins and ends, milliseconds. */
const LASTED_MS_MIN = 3_000;

/** What came in for so long is what comes in, milliseconds. */
const PRESENT_MS = 10_000;

/** Verbs that fold nothing: what comes in meanwhile is left alone, and what the log gives up tells nothing of them. */
const FOLDS_NOTHING: ReadonlySet<OperationVerb> = new Set(['truncate', 'evict']);

const NO_TRAFFIC: Traffic = { all: 0, each: 0 };

/** Whether the log still has all that came in since an operation was planned, where it has anything to do. */
async function isKept(
  { log, projections }: Operating,
  projection: ProjectionName,
  { partitions }: StoredPlan,
): Promise<boolean> {
  const { topic } = projections[projection];
  const kept = partitions.map(async ({ partition, log_end: end }) => {
    const { start } = await log.range(topic, partition);
    return start <= end;
  });
  return (await Promise.all(kept)).every(Boolean);
}

/** What was done with a verb on a projection, newest first, and took long enough to tell how long others take. */
export async function measuredOperations(
  operating: Operating,
  { verb, projection }: { verb: OperationVerb; projection: ProjectionName },
): Promise<MeasuredOperation[]> {
  const { reader } = operating.reads.served.operation;
  const { entries } = await reader.list(
    'operation',
    `operations/verb/${verb}`,
    undefined,
    LOOKED_AT,
  );
  const measured: MeasuredOperation[] = [];
  const { log, projections } = operating;
  const nowMs = operating.nowMs();
  const trafficIn = (fromMs: number, toMs: number) =>
    FOLDS_NOTHING.has(verb)
      ? NO_TRAFFIC
      : trafficBetween(log, projections[projection], fromMs, toMs);
  const now = await trafficIn(nowMs - PRESENT_MS, nowMs);
  for (const { streamId, document } of entries) {
    if (measured.length === ENOUGH) break;
    if (document?.state?.status !== 'done') continue;
    const operation = document.views['operation'] as OperationDocument;
    const { started_at: began, finished_at: ended } = operation;
    const lastedMs = (ended ?? 0) - (began ?? 0);
    if (operation.projection !== projection || lastedMs < LASTED_MS_MIN) continue;
    const planned = (await findOperation(operating, streamId))?.planned;
    if (planned === undefined) continue;
    const plan = planned.plan as unknown as StoredPlan;
    if (!FOLDS_NOTHING.has(verb) && !(await isKept(operating, projection, plan))) continue;
    const then = await trafficIn(began ?? 0, ended ?? 0);
    measured.push({
      partitions: plan.partitions,
      // A build looks for no streams.
      isNamed: verb === 'reproject' || namesStreams(planned),
      share: planned.share ?? SHARE_DEFAULT,
      seconds: lastedMs / 1_000,
      traffic: { then, now },
    });
  }
  return measured;
}
