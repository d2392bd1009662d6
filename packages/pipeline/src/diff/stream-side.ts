import type { View } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import type { CachedStream } from '../slot/cached-stream.js';
import type { StreamDocument } from '../slot/stream-document.js';

/** A stream as one generation has it, at a moment. */
export interface StreamSide {
  stream: CachedStream;
  document: StreamDocument | null;
  /** The views of its kind that the generation has. */
  views: readonly View[];
  /** How far the slot was folded at that moment. */
  position: Offset;
}

/** Behind the last claim that the document knows of. */
const reachOf = ({ document }: StreamSide): Offset =>
  document === null ? 0 : Math.max(document.next, (document.parked?.last ?? -1) + 1);

/**
 * Whether two builds of a stream tell of the same claims, although the slots may stand at different
 * positions: each has passed all claims that the other one knows of.
 */
export const isSettled = (a: StreamSide, b: StreamSide): boolean =>
  reachOf(a) <= b.position && reachOf(b) <= a.position;
