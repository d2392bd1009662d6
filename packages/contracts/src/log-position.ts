/**
 * How far a reader has seen the log of one projection: partition → next offset. As a token it is
 * `<partition>:<next offset>`, several joined by commas, lowest partition first.
 */
export type LogPosition = ReadonlyMap<number, number>;

/** Most partitions a token may name. */
export const POSITION_PARTITIONS_MAX = 1024;

const PART = /^(0|[1-9]\d{0,9}):(0|[1-9]\d{0,15})$/;

/** The form of a token; {@link parsePosition} also refuses a partition that is named twice. */
export const POSITION_PATTERN =
  /^(?:0|[1-9][0-9]{0,9}):(?:0|[1-9][0-9]{0,15})(?:,(?:0|[1-9][0-9]{0,9}):(?:0|[1-9][0-9]{0,15}))*$/;

/** Reads a token; null for any text that {@link formatPosition} cannot have written. */
export function parsePosition(token: string): LogPosition | null {
  const position = new Map<number, number>();
  const parts = token.split(',', POSITION_PARTITIONS_MAX + 1);
  if (parts.length > POSITION_PARTITIONS_MAX) return null;
  for (const part of parts) {
    const match = PART.exec(part);
    if (match === null) return null;
    const [partition, next] = [Number(match[1]), Number(match[2])];
    if (!Number.isSafeInteger(next) || position.has(partition)) return null;
    position.set(partition, next);
  }
  return position;
}

/** The token of a position. */
export const formatPosition = (position: LogPosition): string =>
  [...position]
    .sort(([a], [b]) => a - b)
    .map(([partition, next]) => `${partition}:${next}`)
    .join(',');

/** Whether `seen` has everything that `wanted` has; a partition that is not seen stands at 0. */
export const covers = (seen: LogPosition, wanted: LogPosition): boolean =>
  [...wanted].every(([partition, next]) => (seen.get(partition) ?? 0) >= next);
