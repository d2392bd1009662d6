import { newestDecider, newestViews, viewsOf, ViewsUnknown } from '@refold/domain';
import type { Rulebook } from '@refold/domain';
import type { Projection } from '../projection.js';
import { ArgumentRefused } from './argument-refused.js';

/** What is asked of the generations of a projection, or of its rules; as a request says it. */
export type GenerationArguments =
  | { target: 'new-generation'; views?: string | undefined }
  | { target: 'generation'; generation: number; accept?: string | undefined }
  | { target: 'previous-generation' }
  | { target: 'rules'; decider: number };

/** Verbs that may be about some of the partitions. */
const TAKES_SOME: ReadonlySet<string> = new Set(['swap', 'rollback', 'change-rules']);

/** The partitions that are meant. @throws ArgumentRefused for those that are not there, or that the verb does not take. */
export function partitionsMeant(
  { partitions }: Projection,
  verb: string,
  scope: readonly number[] | null,
): number[] {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  if (scope === null) return all;
  const takesSome = TAKES_SOME.has(verb);
  const expected = takesSome
    ? `partitions from 0 to ${partitions - 1}`
    : `none: ${verb} is about all partitions`;
  const isOdd = !takesSome || scope.length === 0 || scope.some((one) => !all.includes(one));
  if (isOdd) throw new ArgumentRefused('partitions', expected, scope.join());
  return all.filter((partition) => scope.includes(partition));
}

const nameOf = (view: string): string => view.split('@')[0] ?? '';

/** Whether these are one version of each view of the projection. */
function isWhole(
  rulebook: Rulebook,
  { kinds }: Projection,
  asked: string,
  newest: string,
): boolean {
  try {
    const views = viewsOf(rulebook, asked);
    const named = kinds.flatMap((kind) => views[kind].map(({ name }) => name)).sort();
    const wanted = newest.split(',').map(nameOf).sort();
    return asked.split(',').length === named.length && named.join() === wanted.join();
  } catch (error) {
    if (!(error instanceof ViewsUnknown)) throw error;
    return false;
  }
}

/**
 * The views that a generation is folded into, as a checkpoint names them; the newest where nobody says.
 * @throws ArgumentRefused for views that this build lacks, or that are not of this projection.
 */
export function viewsMeant(
  rulebook: Rulebook,
  projection: Projection,
  asked: string | undefined,
): string {
  const newest = newestViews(rulebook, projection.kinds);
  if (asked === undefined) return newest;
  if (isWhole(rulebook, projection, asked, newest)) return asked.split(',').sort().join();
  const known = rulebook.views
    .filter(({ kind }) => projection.kinds.includes(kind))
    .map(({ name, version }) => `${name}@${version}`)
    .join(', ');
  const expected = `one version of each view that this build has: ${known}`;
  throw new ArgumentRefused('views', expected, asked);
}

/** @throws ArgumentRefused for a version of the rules that this build lacks. */
export function checkDecider(rulebook: Rulebook, decider: number): void {
  const newest = newestDecider(rulebook);
  if (decider <= newest) return;
  const expected = `a version of the rules that this build has, 1 to ${newest}`;
  throw new ArgumentRefused('decider', expected, String(decider));
}
