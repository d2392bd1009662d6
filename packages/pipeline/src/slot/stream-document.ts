import type { JsonValue } from '@refold/contracts';
import type { StreamState } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';

/** A stream whose fold threw: it stands still at `offset`, its later claims wait on the log. */
export interface Parked {
  offset: Offset;
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
  /** Offset of the first claim that was judged for it, and the last judged one + 1. */
  first: Offset;
  next: Offset;
  incarnation: number;
  parked: Parked | null;
  viewFaults: ViewFault[];
  /** Days (append time, UTC) for which identities of transient events are kept. */
  transientDays: number[];
}

interface Stored {
  s: [number, string, string, string | null, string | null, number, number] | 0;
  v: Record<string, JsonValue>;
  f: number;
  n: number;
  i?: number;
  p?: Parked;
  x?: ViewFault[];
  t?: number[];
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
    f: d.first,
    n: d.next,
  };
  if (d.incarnation !== 0) stored.i = d.incarnation;
  if (d.parked !== null) stored.p = d.parked;
  if (d.viewFaults.length > 0) stored.x = d.viewFaults;
  if (d.transientDays.length > 0) stored.t = d.transientDays;
  return JSON.stringify(stored);
}

export function decodeDocument(text: string): StreamDocument {
  const stored = JSON.parse(text) as Stored;
  return {
    state: stored.s === 0 ? null : decodeState(stored.s),
    views: stored.v,
    first: stored.f,
    next: stored.n,
    incarnation: stored.i ?? 0,
    parked: stored.p ?? null,
    viewFaults: stored.x ?? [],
    transientDays: stored.t ?? [],
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
