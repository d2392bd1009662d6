import { ownerText } from '../ownership.js';
import type { StreamState } from '../state.js';
import type { Entry } from '../view.js';
import type { WorkerDocument } from './view.js';

/** Where a worker stands in the lists of workers, newest first by creation, and what it adds to counters. */
export function workerEntries(_document: WorkerDocument, state: StreamState): Entry[] {
  const score = state.createdAt;
  const entries: Entry[] = [
    { type: 'rank', index: 'workers/all', score },
    { type: 'rank', index: `workers/status/${state.status}`, score },
  ];
  const owner = ownerText(state.owner);
  if (owner !== null) entries.push({ type: 'rank', index: `workers/owner/${owner}`, score });
  entries.push(
    { type: 'count', counter: `workers/${state.status}`, amount: 1 },
    { type: 'count', counter: 'events', amount: state.seq },
  );
  return entries;
}
