import { formatPosition, type Freshness } from '@refold/contracts';
import type { ReadPosition, StreamDocument } from '@refold/pipeline';

/** Milliseconds since the epoch as every reply writes them; null for none. */
export const timeText = (ms: number): string => new Date(ms).toISOString();

export const nullableTimeText = (ms: number | undefined): string | null =>
  ms === undefined ? null : timeText(ms);

/** The token of one partition's position. */
export const positionText = ({
  partition,
  next,
}: Pick<ReadPosition, 'partition' | 'next'>): string => `${partition}:${next}`;

/** The token of several partitions' positions. */
export const positionsText = (positions: readonly ReadPosition[]): string =>
  formatPosition(new Map(positions.map(({ partition, next }) => [partition, next])));

/** How far a document can be trusted to be the present. */
export function freshnessOf(read: {
  document: StreamDocument;
  position: ReadPosition;
  rebuilding: boolean;
}): Freshness {
  const { document, position, rebuilding } = read;
  const halted = document.parked !== null || document.viewFaults.length > 0;
  const settled = halted ? 'parked' : 'current';
  return {
    state: rebuilding ? 'rebuilding' : settled,
    as_of: position.time === 0 ? null : timeText(position.time),
  };
}
