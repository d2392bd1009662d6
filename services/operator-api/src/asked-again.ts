import { isDeepStrictEqual } from 'node:util';
import type { OperationPlanned, PlanOperationRequest } from '@refold/contracts';
import { comparableOf } from '@refold/pipeline';
import { presentPlan } from './present-operation.js';

/** Verbs whose plans choose streams that stand parked. */
export const isParkedVerb = (verb: string): boolean => verb === 'redrive' || verb === 'skip';

/** Verbs whose plans choose streams, and have only the partitions where there are any. */
const choosesStreams = (verb: string): boolean => isParkedVerb(verb) || verb === 'archive';

/**
 * Whether a request is one that was planned before: a plan made anew would be another one, and so would the claim.
 */
export function asksFor(body: PlanOperationRequest, planned: OperationPlanned): boolean {
  const { file, ...members } = body.arguments as Record<string, unknown>;
  const { partitions: chosen, ...told } = (planned.arguments ?? {}) as { partitions?: number[] };
  const { not_folded: idle, partitions } = presentPlan(planned);
  const { partitionCount } = comparableOf(planned);
  const all = Array.from({ length: partitionCount }, (_, partition) => partition);
  const whole = choosesStreams(body.verb)
    ? all
    : [...idle, ...partitions.map(({ partition }) => partition)];
  // Of streams that it chose a plan has only the partitions where there are any, and keeps those that were asked for.
  const meant = new Set(chosen ?? whole);
  const asked = new Set(body.partitions ?? whole);
  return (
    file === undefined &&
    body.verb === planned.verb &&
    body.projection === planned.projection &&
    (body.sample ?? null) === (planned.sample?.share ?? null) &&
    (body.share ?? null) === (planned.share ?? null) &&
    isDeepStrictEqual(members, told) &&
    isDeepStrictEqual(asked, meant)
  );
}
