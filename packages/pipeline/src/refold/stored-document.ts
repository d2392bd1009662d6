import { decodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isDays = (value: unknown): boolean => Array.isArray(value) && value.every(isCount);

const isState = (state: StreamDocument['state']): boolean =>
  state === null ||
  (isCount(state.seq) &&
    [state.chain, state.status].every((text) => typeof text === 'string') &&
    [state.createdAt, state.updatedAt].every(isCount));

/**
 * A document as it is found by somebody who doubts it: null for a text that the fold cannot have
 * written. What the fold itself reads it does not doubt.
 */
export function readDocument(text: string | null): StreamDocument | null {
  if (text === null) return null;
  try {
    const document = decodeDocument(text);
    const { first, next, incarnation, transientDays, state, views } = document;
    const isSound =
      [first, next, incarnation].every(isCount) &&
      isDays(transientDays) &&
      isState(state) &&
      typeof views === 'object' &&
      Array.isArray(document.viewFaults);
    return isSound ? document : null;
  } catch {
    return null;
  }
}
