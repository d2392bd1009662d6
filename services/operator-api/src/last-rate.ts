import type { ProjectionName } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import type { Operating } from './operating.js';

/** Operations of a projection that are looked at, newest first. */
const LOOKED_AT = 10;

/** A shorter operation measures how it begins and ends, milliseconds. */
const LASTED_MS_MIN = 2_000;

/** Records a second that the last operation read that took long enough to tell; null: there is none. */
export async function lastRateOf(
  { reads }: Operating,
  projection: ProjectionName,
): Promise<number | null> {
  const { reader } = reads.served.operation;
  const index = `operations/projection/${projection}`;
  const { entries } = await reader.list('operation', index, undefined, LOOKED_AT);
  for (const { document } of entries) {
    if (document?.state?.status !== 'done') continue;
    const operation = document.views['operation'] as OperationDocument;
    const { started_at: began, finished_at: ended, result } = operation;
    const lasted = (ended ?? 0) - (began ?? 0);
    if (lasted >= LASTED_MS_MIN && result.read_records > 0) {
      return (result.read_records * 1_000) / lasted;
    }
  }
  return null;
}
