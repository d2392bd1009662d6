import type { JsonValue } from '@refold/contracts';
import type { StreamState } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';

/** A stream whose fold threw: it stands still at `offset`, its later claims wait on the log. */
export interface Parked {
  offset: Offset;
  /** Its append time, milliseconds; null where an older build parked the stream. */
  time: number | null;
  error: string;
  /** Claims that came since, and where the last of them is. */
  count: number;
  last: Offset;
}

/** A view that threw while the decider went on: its document stands still at `offset`. */
export interface ViewFault {
  view: string;
  offset: Offset;
  error: string;
}

/** Everything the store keeps in a stream's document. */
export interface StreamDocument {
  /** Null only while a stream is parked at the claim that would have begun it. */
  state: StreamState | null;
  /** Documents of the views, by view name. */
  views: Record<string, JsonValue>;
  /**
   * Offset of the first claim that its present state depends on, and of the last folded one + 1. The
   * first one may have been refused: a refusal that stood when the stream began is met by its copies.
   */
  first: Offset;
  next: Offset;
  /**
   * The partition's time at `first`, its own record included, milliseconds. Null in a document of format
   * 1, whose `first` is the claim that began the stream: refusals may stand before it.
   */
  firstTime: number | null;
  incarnation: number;
  parked: Parked | null;
  viewFaults: ViewFault[];
  /** Days (append time, UTC) for which identities of transient events are kept. */
  transientDays: number[];
  /** The views by which it is folded, where it was carried over from another generation: as a checkpoint names them. */
  carried: string | null;
}

interface Stored {
  s: [number, string, string, string | null, string | null, number, number] | 0;
  v: Record<string, JsonValue>;
  /** `first` as format 1 meant it. */
  f?: number;
  /** `first`. */
  j?: number;
  n: number;
  /** `firstTime` where it is not the time of creation, relative to that where there is one. */
  m?: number;
  i?: number;
  p?: Omit<Parked, 'time'> & Partial<Pick<Parked, 'time'>>;
  x?: ViewFault[];
  t?: number[];
  /** `carried`. */
  c?: string;
}

/** The document as the store keeps it; members at their default are left out. */
export function encodeDocument(d: StreamDocument): string {
  const s = d.state;
  const stored: Stored = {
    s:
      s === null
        ? 0
        : [
            s.seq,
            s.chain,
            s.status,
            s.owner.tenant,
            s.owner.principal,
            s.createdAt,
            s.updatedAt - s.createdAt,
          ],
    v: d.views,
    ...(d.firstTime === null ? { f: d.first } : { j: d.first }),
    n: d.next,
  };
  const later = d.firstTime === null ? 0 : d.firstTime - (s?.createdAt ?? 0);
  if (later !== 0) stored.m = later;
  if (d.incarnation !== 0) stored.i = d.incarnation;
  if (d.parked !== null) stored.p = d.parked;
  if (d.viewFaults.length > 0) stored.x = d.viewFaults;
  if (d.transientDays.length > 0) stored.t = d.transientDays;
  if (d.carried !== null) stored.c = d.carried;
  return JSON.stringify(stored);
}

export function decodeDocument(text: string): StreamDocument {
  const stored = JSON.parse(text) as Stored;
  const state = stored.s === 0 ? null : decodeState(stored.s);
  return {
    state,
    views: stored.v,
    first: stored.j ?? stored.f ?? 0,
    next: stored.n,
    firstTime: stored.j === undefined ? null : (state?.createdAt ?? 0) + (stored.m ?? 0),
    incarnation: stored.i ?? 0,
    parked: stored.p === undefined ? null : { ...stored.p, time: stored.p.time ?? null },
    viewFaults: stored.x ?? [],
    transientDays: stored.t ?? [],
    carried: stored.c ?? null,
  };
}

function decodeState(fields: Exclude<Stored['s'], 0>): StreamState {
  const [seq, chain, status, tenant, principal, createdAt, age] = fields;
  return {
    seq,
    chain,
    status,
    owner: { tenant, principal },
    createdAt,
    updatedAt: createdAt + age,
  };
}
