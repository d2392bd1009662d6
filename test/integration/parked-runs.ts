import { ProjectionReader, slotOf, type ViewStore } from '@refold/pipeline';
import { createMemoryViewStore, foldLog } from '@refold/test-kit';
import { expect } from 'vitest';
import { freshId } from './http-fixture.js';
import type { HttpStack } from './http-stack.js';
import { POISON } from './poison.js';

/** What became of a run that was parked: its receipts tell the verdicts of what came later. */
export interface Stuck {
  runId: string;
  /** Where the event stands that threw. */
  offset: number;
  /** Of the event that threw, and of the one behind it. */
  receipts: string[];
}

/** Everything that is folded from some runs. */
export async function runsOf(
  stack: HttpStack,
  store: ViewStore,
  runIds: readonly string[],
): Promise<unknown[]> {
  const projection = stack.installation.projections.runs;
  const reader = new ProjectionReader(store, projection);
  const all: unknown[] = [];
  for (const runId of runIds) {
    const { document, events } = await reader.timeline('run', runId, 0, 1_000);
    const { state, views, parked } = document ?? {};
    all.push({ runId, state, views, parked, events });
  }
  return all;
}

/** The same, and what is counted of all runs. */
export async function foldedOf(
  stack: HttpStack,
  store: ViewStore,
  runIds: readonly string[],
): Promise<unknown[]> {
  const projection = stack.installation.projections.runs;
  const all = await runsOf(stack, store, runIds);
  for (let partition = 0; partition < projection.partitions; partition++) {
    const { results } = await store.read(slotOf(projection, partition), [
      { kind: 'fields', name: 'counters' },
      { kind: 'ranked', name: 'i:parked', limit: 100 },
    ]);
    all.push([...results[0]].sort(), results[1]);
  }
  return all;
}

export const appendTo = (stack: HttpStack, runId: string, type: string, payload: unknown = null) =>
  stack.post(`/runs/${runId}/events`, { event_type: type, payload });

/** A run that parks at its third event, with two events behind it. */
export async function stuckRun(stack: HttpStack, cause: string): Promise<Stuck> {
  const runId = freshId('stuck');
  await stack.post('/runs', { run_id: runId });
  await appendTo(stack, runId, 'run.message', { role: 'user', content: 'before' });
  const bad = await appendTo(stack, runId, POISON, { cause });
  const later = await appendTo(stack, runId, 'run.message', { role: 'user', content: 'after' });
  await appendTo(stack, runId, 'run.finished', { status: 'succeeded' });
  expect([bad.status, bad.body.verdict]).toEqual([202, 'parked']);
  expect([later.status, later.body.verdict]).toEqual([202, 'parked']);
  const [, next = ''] = bad.body.position.split(':');
  return { runId, offset: Number(next) - 1, receipts: [bad.body.receipt, later.body.receipt] };
}

/** What a store of its own holds that was folded from the same log. */
export async function freshlyFoldedOf(stack: HttpStack): Promise<ViewStore> {
  const store = createMemoryViewStore();
  await foldLog(stack.log, store, stack.installation.projections.runs);
  return store;
}
