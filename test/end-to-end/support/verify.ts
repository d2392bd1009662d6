import { ProjectionReader } from '@refold/pipeline';
import { expect } from 'vitest';
import type { Acknowledged } from './acked-writer.js';
import type { Installation } from './installation.js';
import { disagreements, documentsOf, freshFold, modelOfLog, untilFolded } from './oracle.js';

/** Every acknowledged event that is not in its run's timeline exactly once with the seq that was told. */
export async function brokenPromises(
  installation: Installation,
  acknowledged: readonly Acknowledged[],
): Promise<string[]> {
  const reader = new ProjectionReader(installation.store, installation.runs);
  const byRun = new Map<string, Acknowledged[]>();
  for (const told of acknowledged) byRun.set(told.runId, []);
  for (const told of acknowledged) byRun.get(told.runId)?.push(told);
  const broken: string[] = [];
  for (const [runId, told] of byRun) {
    const { events } = await reader.timeline('run', runId, 0, 1_000_000);
    for (const [at, event] of events.entries()) {
      if (event.seq !== at + 1) broken.push(`${runId}: seq ${event.seq} at place ${at + 1}`);
    }
    for (const { key, seq } of told) {
      const found = events.filter(({ idempotencyKey }) => idempotencyKey === key);
      if (found.length !== 1) broken.push(`${key}: is there ${found.length} times`);
      else if (found[0]?.seq !== seq) broken.push(`${key}: told ${seq}, is ${found[0]?.seq}`);
    }
  }
  return broken;
}

/** The whole equality: acknowledged once with the told seq; documents = fresh fold = independent model. */
export async function expectEquality(
  installation: Installation,
  acknowledged: readonly Acknowledged[],
  runIds: readonly string[],
): Promise<void> {
  const { log, store, runs } = installation;
  await untilFolded(log, store, runs);
  expect(await brokenPromises(installation, acknowledged)).toEqual([]);
  const fresh = await freshFold(log, runs);
  const documents = await documentsOf(store, runs, runIds);
  const again = await documentsOf(fresh, runs, runIds);
  expect(disagreements(documents, again, await modelOfLog(log, runs))).toEqual([]);
}
