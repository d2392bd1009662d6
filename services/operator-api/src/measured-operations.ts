import type { OperationVerb, ProjectionName } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import {
  LogUnavailable,
  logStarts,
  namesStreams,
  SHARE_DEFAULT,
  trafficBetween,
  type MeasuredOperation,
  type Projection,
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

/** How an operation that is done went; null: it tells nothing of others. */
type Measure = (
  operationId: string,
  operation: OperationDocument,
) => Promise<MeasuredOperation | null>;

/** What measures operations of a verb by a log that begins where it does now. */
async function measureOf(
  operating: Operating,
  verb: OperationVerb,
  projection: Projection,
): Promise<Measure> {
  const { log } = operating;
  const isCounted = !FOLDS_NOTHING.has(verb);
  const trafficIn = (fromMs: number, toMs: number) =>
    isCounted ? trafficBetween(log, projection, fromMs, toMs) : NO_TRAFFIC;
  const starts = isCounted ? await logStarts(log, projection) : [];
  const nowMs = operating.nowMs();
  const now = await trafficIn(nowMs - PRESENT_MS, nowMs);
  return async (operationId, { started_at: began = 0, finished_at: ended = 0 }) => {
    const planned = (await findOperation(operating, operationId))?.planned;
    if (planned === undefined) return null;
    const { partitions } = planned.plan as unknown as StoredPlan;
    // What came in beside it is not known where the log has given up some of it.
    if (partitions.some(({ partition, log_end: end }) => (starts[partition] ?? 0) > end))
      return null;
    return {
      partitions,
      // A build looks for no streams.
      isNamed: verb === 'reproject' || namesStreams(planned),
      share: planned.share ?? SHARE_DEFAULT,
      seconds: (ended - began) / 1_000,
      traffic: { then: await trafficIn(began, ended), now },
    };
  };
}

/**
 * What was done with a verb on a projection, newest first, and took long enough to tell how long others take. Nothing while
 * the log does not say what came in: then a plan tells no time, and is made all the same.
 */
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
  const done = entries.flatMap(({ streamId, document }) => {
    if (document?.state?.status !== 'done') return [];
    const operation = document.views['operation'] as OperationDocument;
    const lastedMs = (operation.finished_at ?? 0) - (operation.started_at ?? 0);
    const tells = operation.projection === projection && lastedMs >= LASTED_MS_MIN;
    return tells ? [{ streamId, operation }] : [];
  });
  if (done.length === 0) return [];
  const measured: MeasuredOperation[] = [];
  try {
    const measure = await measureOf(operating, verb, operating.projections[projection]);
    for (const { streamId, operation } of done) {
      if (measured.length === ENOUGH) break;
      const one = await measure(streamId, operation);
      if (one !== null) measured.push(one);
    }
  } catch (error) {
    if (!(error instanceof LogUnavailable)) throw error;
    return [];
  }
  return measured;
}
