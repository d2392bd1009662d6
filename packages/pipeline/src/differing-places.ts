import { canonicalJson } from '@refold/contracts';
import type { JsonValue } from '@refold/contracts';

/** A place in which two values differ, by JSON pointer; null: nothing stands there. */
export interface DifferingPlace {
  field: string;
  a: unknown;
  b: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const escaped = (member: string): string => member.replaceAll('~', '~0').replaceAll('/', '~1');

const canonical = (value: unknown): string =>
  value === undefined ? '' : canonicalJson(value as JsonValue);

/** The text of a value as differences show it; null: there is none. */
export const valueText = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value);

/**
 * Where two JSON values differ. Objects are compared member by member, in whatever order they stand;
 * everything else, lists among it, as a whole.
 */
export function* differingPlaces(a: unknown, b: unknown, field = ''): Generator<DifferingPlace> {
  if (isObject(a) && isObject(b)) {
    for (const member of new Set([...Object.keys(b), ...Object.keys(a)])) {
      yield* differingPlaces(a[member], b[member], `${field}/${escaped(member)}`);
    }
    return;
  }
  if (a !== b && canonical(a) !== canonical(b)) yield { field, a, b };
}
