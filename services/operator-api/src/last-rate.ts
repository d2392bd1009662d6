import type { OperationVerb, ProjectionName } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import { SHARE_DEFAULT } from '@refold/pipeline';
import { findOperation } from './found-operation.js';
import type { Operating } from './operating.js';

/** Operations of a projection that are looked at, newest first. */
const LOOKED_AT = 20;

/** A shorter operation measures how it begins and ends, milliseconds. */
const LASTED_MS_MIN = 2_000;

/** What the next operation will do. */
interface Next {
  verb: OperationVerb;
  projection: ProjectionName;
  /** Share of the time that it is given; null: the usual one. */
  share: number | null;
}

/**
 * Records a second that an operation will read: what the last one of its verb read that took long enough to tell, in
 * proportion to the share of the time that each is given. Null: there is none.
 */
export async function lastRateOf(
  operating: Operating,
  { verb, projection, share }: Next,
): Promise<number | null> {
  const { reader } = operating.reads.served.operation;
  const index = `operations/projection/${projection}`;
  const { entries } = await reader.list('operation', index, undefined, LOOKED_AT);
  for (const { streamId, document } of entries) {
    if (document?.state?.status !== 'done') continue;
    const operation = document.views['operation'] as OperationDocument;
    const { started_at: began, finished_at: ended, result } = operation;
    const lasted = (ended ?? 0) - (began ?? 0);
    if (operation.verb !== verb || lasted < LASTED_MS_MIN) continue;
    // One that mostly read past other streams was faster than any that folds what it reads.
    if (result.read_records === 0 || result.records * 2 < result.read_records) continue;
    const found = await findOperation(operating, streamId);
    const given = found?.planned.share ?? SHARE_DEFAULT;
    return ((result.read_records * 1_000) / lasted / given) * (share ?? SHARE_DEFAULT);
  }
  return null;
}
