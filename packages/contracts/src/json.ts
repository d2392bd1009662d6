/** A value that JSON can carry. */
export type JsonValue =
  null | boolean | number | string | JsonValue[] | { [member: string]: JsonValue };

/** Why a parsed JSON value is refused: where (JSON Pointer), and what was expected there. */
export interface JsonFault {
  pointer: string;
  expected: string;
}

/** Deepest nesting of `data`; a fixed constant, so that a verdict never depends on a stack size. */
export const JSON_DEPTH_MAX = 64;

interface Frame {
  value: JsonValue[] | { [member: string]: JsonValue };
  depth: number;
  pointer: string;
}

const escapePointer = (member: string): string =>
  member.replaceAll('~', '~0').replaceAll('/', '~1');

const faultOfLeaf = (value: unknown, pointer: string): JsonFault | null => {
  if (typeof value !== 'number') return null;
  if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return null;
  return {
    pointer,
    expected: 'a number between -(2^53-1) and 2^53-1; send larger ones as strings',
  };
};

/**
 * Walks a parsed JSON value without recursion and returns the first member that cannot be judged
 * exactly: nesting deeper than {@link JSON_DEPTH_MAX}, or a number beyond 2^53-1 (two different
 * literals there compare equal once parsed, so content could not be compared).
 */
export function findJsonFault(value: JsonValue): JsonFault | null {
  if (typeof value !== 'object' || value === null) return faultOfLeaf(value, '');
  const stack: Frame[] = [{ value, depth: 1, pointer: '' }];
  for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
    if (frame.depth > JSON_DEPTH_MAX) {
      return { pointer: frame.pointer, expected: `at most ${JSON_DEPTH_MAX} levels of nesting` };
    }
    const holder = frame.value as { [member: string]: JsonValue };
    for (const member in holder) {
      const child = holder[member];
      if (typeof child === 'number') {
        const fault = faultOfLeaf(child, `${frame.pointer}/${escapePointer(member)}`);
        if (fault !== null) return fault;
      } else if (typeof child === 'object' && child !== null) {
        const pointer = `${frame.pointer}/${escapePointer(member)}`;
        stack.push({ value: child, depth: frame.depth + 1, pointer });
      }
    }
  }
  return null;
}

/**
 * JSON with the members of every object in code-unit order: equal content has equal text.
 * Recursion is safe because {@link findJsonFault} bounds the depth first.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value).sort();
  const parts = members.map((m) => `${JSON.stringify(m)}:${canonicalJson(value[m] ?? null)}`);
  return `{${parts.join(',')}}`;
}
