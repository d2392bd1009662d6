import type { Decoded } from '../fold/decode.js';
import type { Offset } from '../ports/event-log.js';
import { contradictionOf, historyAfter } from '../slot/rules-history.js';
import type { RulesChange, RulesHistory } from '../slot/rules-history.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { nearerOf } from './cut-limits.js';
import type { Hold } from './cut-limits.js';

/** Streams of which one plan knows where they lie. */
export const CUT_STREAMS_MAX = 250_000;

/** Changes of the rules that are remembered as places to cut at; of more, the last ones. */
const PLACES_MAX = 1_000;

/** How much of the log nobody needs any more. */
export interface LogCut {
  /** What the log holds, and the first offset that is to stay: a change of the rules, or the start. */
  start: Offset;
  to: Offset;
  /** Records and bytes in [start, to). */
  records: number;
  bytes: number;
  /** Archived streams that begin there: nobody can fold them again afterwards. */
  streams: number;
  /** Why no more. */
  heldBy: Hold;
}

/** A place to cut at: a change of the rules, and what lies before it. */
interface Place {
  offset: Offset;
  records: number;
  bytes: number;
}

/** Where an archived stream lies: from its first claim on, up to behind its last, refused ones included. */
type Extent = Pick<StreamDocument, 'first' | 'next'>;

/** The read of one partition from its start, as far as nothing holds it. */
export class CutScan {
  readonly places: Place[] = [];
  readonly extents = new Map<string, Extent>();
  hold: Hold;
  #records = 0;
  #bytes = 0;
  /** Null: records are gone by which it would be known. */
  #history: RulesHistory | null;

  constructor(hold: Hold, start: Offset) {
    this.hold = hold;
    this.#history = start === 0 ? [] : null;
  }

  /** A record of the log, in order. */
  record({ bytes, decoded }: { bytes: number; decoded: Decoded }): void {
    if (decoded.kind === 'rules') this.#change(decoded);
    this.#records += 1;
    this.#bytes += bytes;
  }

  #change(rules: RulesChange): void {
    // What the log was cut at restates the history.
    this.#history ??= rules.history;
    if (contradictionOf(this.#history, rules) !== null) return;
    this.places.push({ offset: rules.offset, records: this.#records, bytes: this.#bytes });
    if (this.places.length > PLACES_MAX) this.places.shift();
    this.#history = historyAfter(this.#history, rules);
  }

  /** A stream with a claim there; null: its document cannot be read, or is gone. */
  stream(subject: string, offset: Offset, document: StreamDocument | null): void {
    if (document?.parked !== null || document.state?.status !== 'archived') {
      const first = document?.first ?? offset;
      this.hold = nearerOf(this.hold, { reason: 'stream', offset: first, stream: subject });
      return;
    }
    if (this.extents.size >= CUT_STREAMS_MAX) {
      this.hold = nearerOf(this.hold, { reason: 'too_many_streams', offset });
      return;
    }
    this.extents.set(subject, { first: document.first, next: document.next });
  }

  /** A claim of a stream that was met. */
  claim(subject: string, offset: Offset): void {
    const extent = this.extents.get(subject);
    if (extent !== undefined) extent.next = Math.max(extent.next, offset + 1);
  }

  /** The last place that parts no stream, and what holds the one behind it. */
  cut(start: Offset): LogCut {
    const { places, hold } = this;
    const streams = [...this.extents].sort(([, a], [, b]) => a.first - b.first);
    let best: Place = { offset: start, records: 0, bytes: 0 };
    let heldBy: Hold | null = null;
    let at = 0;
    let count = 0;
    /** Of the streams before a place, the one that reaches furthest. */
    let furthest: { stream: string; extent: Extent } | null = null;
    for (const place of places) {
      if (place.offset > hold.offset) break;
      for (; at < streams.length; at++) {
        const [stream, extent] = streams[at] as [string, Extent];
        if (extent.first >= place.offset) break;
        if (extent.next > (furthest?.extent.next ?? 0)) furthest = { stream, extent };
      }
      if (furthest !== null && furthest.extent.next > place.offset) {
        const { stream, extent } = furthest;
        heldBy ??= { reason: 'stream', offset: extent.first, stream };
        continue;
      }
      [best, count, heldBy] = [place, at, null];
    }
    const { offset: to, records, bytes } = best;
    return { start, to, records, bytes, streams: count, heldBy: heldBy ?? hold };
  }
}
