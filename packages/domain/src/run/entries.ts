import { ownerText } from '../ownership.js';
import type { StreamState } from '../state.js';
import type { Entry } from '../view.js';
import type { RunDocument } from './view.js';

const addCount = (entries: Entry[], counter: string, amount: number): void => {
  if (amount !== 0) entries.push({ type: 'count', counter, amount });
};

/** Where a run stands in the lists of runs, newest first by creation, and what it adds to counters. */
export function runEntries(document: RunDocument, state: StreamState): Entry[] {
  const score = state.createdAt;
  const entries: Entry[] = [
    { type: 'rank', index: 'runs/all', score },
    { type: 'rank', index: `runs/status/${state.status}`, score },
  ];
  if (document.worker_id !== undefined) {
    entries.push({ type: 'rank', index: `runs/worker/${document.worker_id}`, score });
  }
  const owner = ownerText(state.owner);
  if (owner !== null) entries.push({ type: 'rank', index: `runs/owner/${owner}`, score });
  const { tenant } = state.owner;
  if (tenant !== null) entries.push({ type: 'rank', index: `runs/tenant/${tenant}`, score });
  addCount(entries, `runs/${state.status}`, 1);
  addCount(entries, 'events', state.seq);
  addCount(entries, 'messages', document.message_count ?? 0);
  addCount(entries, 'tool_calls', document.tool_call_count ?? 0);
  return entries;
}
