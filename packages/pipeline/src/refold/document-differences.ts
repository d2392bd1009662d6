import type { DriftKind } from '@refold/contracts';
import type { StreamDocument } from '../slot/stream-document.js';
import type { StreamDifference } from './refold-task.js';

/** Fields that are named of one document. */
const FIELDS_MAX = 20;

type Difference = Omit<StreamDifference, 'stream'>;

const textOf = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members by which a document is compared: not the ones that depend on how it came to be stored. */
function plain(document: StreamDocument, other: StreamDocument): Record<string, unknown> {
  const { state, views, next, parked, transientDays, viewFaults } = document;
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
    viewFaults: viewFaults.map(({ view }) => view),
    ...(isExact ? { first, firstTime } : {}),
  };
}

const escaped = (member: string): string => member.replaceAll('~', '~0').replaceAll('/', '~1');

function kindOf(field: string, stored: unknown, expected: unknown): DriftKind {
  if (typeof stored === 'number' && typeof expected === 'number') {
    if (field === '/state/seq' || field === '/next') return stored < expected ? 'behind' : 'ahead';
    if (field.startsWith('/views/')) return 'count_mismatch';
  }
  return 'hash_mismatch';
}

function compare(field: string, stored: unknown, expected: unknown, found: Difference[]): void {
  if (found.length >= FIELDS_MAX) return;
  if (isObject(stored) && isObject(expected)) {
    for (const member of new Set([...Object.keys(expected), ...Object.keys(stored)])) {
      compare(`${field}/${escaped(member)}`, stored[member], expected[member], found);
    }
    return;
  }
  const [a, b] = [textOf(stored), textOf(expected)];
  if (a === b) return;
  found.push({ kind: kindOf(field, stored, expected), field, stored: a, expected: b });
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
  compare('', plain(stored, fresh), plain(fresh, stored), found);
  return found;
}
