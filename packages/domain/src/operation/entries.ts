import type { StreamState } from '../state.js';
import type { Entry } from '../view.js';
import type { OperationDocument } from './view.js';

const ACTIVE: ReadonlySet<string> = new Set(['running', 'canceling']);

/** Where an operation stands in the lists of operations, newest first by creation, and what it adds to counters. */
export function operationEntries(document: OperationDocument, state: StreamState): Entry[] {
  const indexes = [
    'operations/all',
    `operations/status/${state.status}`,
    `operations/projection/${document.projection}`,
    `operations/verb/${document.verb}`,
    ...(ACTIVE.has(state.status) ? ['operations/active'] : []),
  ];
  const score = state.createdAt;
  return [
    ...indexes.map((index): Entry => ({ type: 'rank', index, score })),
    { type: 'count', counter: `operations/${state.status}`, amount: 1 },
    { type: 'count', counter: 'events', amount: state.seq },
  ];
}
