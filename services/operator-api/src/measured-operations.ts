import type { OperationVerb, ProjectionName } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import {
  namesStreams,
  SHARE_DEFAULT,
  type MeasuredOperation,
  type StoredPlan,
} from '@refold/pipeline';
import { findOperation } from './found-operation.js';
import type { Operating } from './operating.js';

/** Operations of a verb that are looked at, newest first, and those that are enough. */
const LOOKED_AT = 50;
const ENOUGH = 10;

/** A shorter operation measures how it begins and ends, milliseconds. */
const LASTED_MS_MIN = 3_000;

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
  for (const { streamId, document } of entries) {
    if (measured.length === ENOUGH) break;
    if (document?.state?.status !== 'done') continue;
    const operation = document.views['operation'] as OperationDocument;
    const lastedMs = (operation.finished_at ?? 0) - (operation.started_at ?? 0);
    if (operation.projection !== projection || lastedMs < LASTED_MS_MIN) continue;
    const planned = (await findOperation(operating, streamId))?.planned;
    if (planned === undefined) continue;
    measured.push({
      partitions: (planned.plan as unknown as StoredPlan).partitions,
      // A build looks for no streams.
      isNamed: verb === 'reproject' || namesStreams(planned),
      share: planned.share ?? SHARE_DEFAULT,
      seconds: lastedMs / 1_000,
    });
  }
  return measured;
}
