import type { JsonValue, StreamKind } from '@refold/contracts';
import type { FoldedEvent } from './claim.js';
import type { StreamState } from './state.js';

/**
 * What a stream contributes to something that spans streams. The sum over all streams is the
 * aggregate, so a commit writes the difference and replacing one stream stays exact.
 */
export type Entry =
  /** `member` (the stream) stands in an ordered index at `score`. */
  | { type: 'rank'; index: string; score: number }
  /** The stream adds `amount` to a counter. */
  | { type: 'count'; counter: string; amount: number };

/** A read model of one stream kind. Views change freely, by generation. */
export interface View<D extends JsonValue = JsonValue> {
  name: string;
  kind: StreamKind;
  version: number;
  /** The document of a stream that has no event yet. */
  initial(streamId: string): D;
  /** One event folded in; returns a new document, never changes the old one. */
  evolve(document: D, event: FoldedEvent, state: StreamState): D;
  /** f(document): what this stream adds to lists and counters. Pure. */
  entries(document: D, state: StreamState): Entry[];
}
