import type { StreamDocument, ViewStore } from '@refold/pipeline';
import { expect } from 'vitest';
import type { Installation } from './installation.js';
import { disagreements, documentsOf, freshFold, modelOfLog, untilFolded } from './oracle.js';

type Documents = ReadonlyMap<string, StreamDocument | null>;

/** Documents without what tells how often their stream was folded anew. */
const withoutIncarnation = (documents: Documents): Map<string, StreamDocument | null> =>
  new Map([...documents].map(([id, one]) => [id, one && { ...one, incarnation: 0 }]));

/** Runs are, after any number of refolds, what a fresh fold and the independent model make of the log. */
export async function expectRefolded(
  { log, store, runs }: Installation,
  runIds: readonly string[],
): Promise<void> {
  await untilFolded(log, store, runs);
  const stored = async (from: ViewStore): Promise<Map<string, StreamDocument | null>> =>
    withoutIncarnation(await documentsOf(from, runs, runIds));
  const fresh = await stored(await freshFold(log, runs));
  expect(disagreements(await stored(store), fresh, await modelOfLog(log, runs))).toEqual([]);
}
