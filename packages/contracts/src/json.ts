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

const EXPECTED_NUMBER = 'a number between -(2^53-1) and 2^53-1; send larger ones as strings';
const EXPECTED_DEPTH = `at most ${JSON_DEPTH_MAX} levels of nesting`;

/** A JSON object or array, seen as members: an array's are its indexes. */
type Holder = { [member: string]: JsonValue };

const isHolder = (value: JsonValue): value is Holder => typeof value === 'object' && value !== null;

/** NaN fails both comparisons, so it is refused too. */
const isExact = (value: number): boolean =>
  value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER;

/**
 * Recursion ends at {@link JSON_DEPTH_MAX}, so the stack is bounded by a constant. Numbers are
 * checked where they are found: handing them to a function costs more than the check.
 */
function isSound(value: JsonValue | undefined, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > JSON_DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    for (const child of value) {
      if (typeof child === 'number' ? !isExact(child) : !isSound(child, depth + 1)) return false;
    }
    return true;
  }
  for (const member in value) {
    const child = value[member];
    if (typeof child === 'number' ? !isExact(child) : !isSound(child, depth + 1)) return false;
  }
  return true;
}

/** RFC 6901: how a member is written inside a JSON Pointer. */
export const escapePointer = (member: string): string =>
  member.replaceAll('~', '~0').replaceAll('/', '~1');

function locate(holder: Holder, depth: number, pointer: string): JsonFault | null {
  if (depth > JSON_DEPTH_MAX) return { pointer, expected: EXPECTED_DEPTH };
  for (const member in holder) {
    const child = holder[member] ?? null;
    const at = (): string => `${pointer}/${escapePointer(member)}`;
    if (typeof child === 'number' && !isExact(child)) {
      return { pointer: at(), expected: EXPECTED_NUMBER };
    }
    if (isHolder(child)) {
      const fault = locate(child, depth + 1, at());
      if (fault !== null) return fault;
    }
  }
  return null;
}

/**
 * The first member, in document order, of a parsed JSON value that cannot be judged exactly:
 * nesting deeper than {@link JSON_DEPTH_MAX}, or a number beyond 2^53-1 (two different literals
 * there compare equal once parsed, so content could not be compared). Null: all is well.
 */
export function findJsonFault(value: JsonValue): JsonFault | null {
  if (typeof value === 'number') {
    return isExact(value) ? null : { pointer: '', expected: EXPECTED_NUMBER };
  }
  if (!isHolder(value) || isSound(value, 1)) return null;
  return locate(value, 1, '');
}

/** Texts up to this many UTF-16 units are looked at before they are handed to `JSON.stringify`. */
const SHORT = 200;
/** What JSON escapes, and what may be escaped: anything but printable ASCII. */
const UNUSUAL = /[^ !#-[\]-~]/;

/** `JSON.stringify` of a text; for the short and plain ones, which most are, at half the cost. */
export const jsonText = (text: string): string =>
  text.length <= SHORT && !UNUSUAL.test(text) ? `"${text}"` : JSON.stringify(text);

/** What {@link textOfAnyDepth} still has to write: finished text, or a value. */
type Pending = { text: string } | { value: JsonValue };

function expand(value: Holder | JsonValue[], pending: Pending[]): void {
  if (Array.isArray(value)) {
    pending.push({ text: ']' });
    for (let i = value.length - 1; i >= 0; i--) {
      pending.push({ value: value[i] ?? null }, { text: i === 0 ? '[' : ',' });
    }
    if (value.length === 0) pending.push({ text: '[' });
    return;
  }
  const members = Object.keys(value).sort();
  pending.push({ text: '}' });
  for (let i = members.length - 1; i >= 0; i--) {
    const member = members[i] ?? '';
    const name = `${i === 0 ? '{' : ','}${JSON.stringify(member)}:`;
    pending.push({ value: value[member] ?? null }, { text: name });
  }
  if (members.length === 0) pending.push({ text: '{' });
}

/** Works without recursion, and costs several times as much as {@link textOf}. */
function textOfAnyDepth(value: JsonValue): string {
  const parts: string[] = [];
  const pending: Pending[] = [{ value }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('text' in next) parts.push(next.text);
    else if (typeof next.value === 'object' && next.value !== null) expand(next.value, pending);
    else parts.push(JSON.stringify(next.value));
  }
  return parts.join('');
}

function textOf(value: JsonValue, depth: number): string {
  if (typeof value === 'string') return jsonText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth > JSON_DEPTH_MAX) return textOfAnyDepth(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const child of value) text += (text === '' ? '' : ',') + textOf(child, depth + 1);
    return `[${text}]`;
  }
  for (const member of Object.keys(value).sort()) {
    const child = textOf(value[member] ?? null, depth + 1);
    text += `${text === '' ? '' : ','}${jsonText(member)}:${child}`;
  }
  return `{${text}}`;
}

/**
 * JSON with the members of every object in UTF-16 code-unit order and no white space: equal content
 * has equal text. Takes values of any depth: recursion ends at {@link JSON_DEPTH_MAX}.
 */
export const canonicalJson = (value: JsonValue): string => textOf(value, 1);
