import type { StreamState } from '../state.js';
import type { Entry } from '../view.js';
import type { OperationDocument } from './view.js';

/** How an operation may end without having done what it was for. */
const UNDONE: ReadonlySet<string> = new Set(['failed', 'canceled']);

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
    ...letterEntries(document, state),
    { type: 'count', counter: `operations/${state.status}`, amount: 1 },
    { type: 'count', counter: 'events', amount: state.seq },
  ];
}

/** Where a letter's operation is found by the letter: its score is the letter's offset. */
function letterEntries(
  { projection, letter }: OperationDocument,
  { status }: StreamState,
): Entry[] {
  if (letter === undefined || UNDONE.has(status)) return [];
  const index = `operations/letters/${projection}/${letter.partition}`;
  return [{ type: 'rank', index, score: letter.offset }];
}
