import xxhash from 'xxhash-wasm';

const hasher = await xxhash();

/** The chain of a stream that has no event. */
export const EMPTY_CHAIN = '0'.repeat(16);

/** One link: previous, seq, type with its length, key with its length or nothing, data as JSON. */
export function nextChain(
  previous: string,
  event: { seq: number; type: string; key: string | null; data: unknown },
): string {
  const key = event.key === null ? '' : `${event.key.length}:${event.key}`;
  const lines = [
    previous,
    String(event.seq),
    String(event.type.length),
    event.type + key,
    JSON.stringify(event.data),
  ];
  return hasher.h64ToString(lines.join('\n'));
}

/**
 * JSON with sorted members: two values are the same content when these texts are the same.
 * Below 100 levels everything counts as equal; such data is refused before its content matters.
 */
export function sortedJson(value: unknown, levels = 0): string {
  if (levels > 100) return '"deep"';
  const inner = (item: unknown): string => sortedJson(item, levels + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${inner(item)}`).join()}}`;
}
