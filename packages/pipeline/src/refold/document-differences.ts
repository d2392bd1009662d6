import type { DriftKind } from '@refold/contracts';
import { differingPlaces, valueText } from '../differing-places.js';
import type { StreamDocument } from '../slot/stream-document.js';
import type { StreamDifference } from './refold-task.js';

/** Fields that are named of one document. */
const FIELDS_MAX = 20;

type Difference = Omit<StreamDifference, 'stream'>;

/** Members by which a document is compared: not the ones that depend on how it came to be stored. */
function plain(document: StreamDocument, other: StreamDocument): Record<string, unknown> {
  const { state, views, next, parked, transientDays, viewFaults, carried } = document;
  const halted = new Set([...viewFaults, ...other.viewFaults].map(({ view }) => view));
  const compared = Object.entries(views).filter(([view]) => !halted.has(view));
  const isExact = document.firstTime !== null && other.firstTime !== null;
  const { first, firstTime } = document;
  const isTimed = [document, other].every((one) => one.parked?.time != null);
  return {
    state,
    views: Object.fromEntries(compared),
    next,
    parked: parked === null || isTimed ? parked : { ...parked, time: null },
    transientDays,
    carried,
    viewFaults: viewFaults.map(({ view }) => view),
    ...(isExact ? { first, firstTime } : {}),
  };
}

function kindOf(field: string, stored: unknown, expected: unknown): DriftKind {
  if (typeof stored === 'number' && typeof expected === 'number') {
    if (field === '/state/seq' || field === '/next') return stored < expected ? 'behind' : 'ahead';
    if (field.startsWith('/views/')) return 'count_mismatch';
  }
  return 'hash_mismatch';
}

/**
 * Where a stored document differs from the one that the log makes, by JSON pointer.
 * @param text What is stored; null: nothing. `stored` is null for a text that is no document.
 */
export function documentDifferences(
  text: string | null,
  stored: StreamDocument | null,
  fresh: StreamDocument | null,
): Difference[] {
  if (fresh === null) {
    return text === null ? [] : [{ kind: 'unexpected', field: '', stored: text, expected: null }];
  }
  const expected = JSON.stringify(fresh);
  if (text === null) return [{ kind: 'missing', field: '', stored: null, expected }];
  if (stored === null) return [{ kind: 'hash_mismatch', field: '', stored: text, expected }];
  const found: Difference[] = [];
  for (const place of differingPlaces(plain(stored, fresh), plain(fresh, stored))) {
    const { field, a, b } = place;
    found.push({ kind: kindOf(field, a, b), field, stored: valueText(a), expected: valueText(b) });
    if (found.length === FIELDS_MAX) break;
  }
  return found;
}
