import { differingPlaces } from '../differing-places.js';
import type { Offset } from '../ports/event-log.js';
import { LAPSE_MS, REFUSALS_MAX } from '../slot/refusals.js';
import type { Refusal } from '../slot/refusals.js';

/** The refusals that one generation of a partition remembers. */
export interface RefusalSide {
  position: Offset;
  /** The partition's time at that position, milliseconds. */
  time: number;
  /** By identity. */
  refusals: ReadonlyMap<string, Refusal>;
}

/** A refusal that only one side has, or that has another code. */
export interface ChangedRefusal {
  offset: Offset;
  stream: string | null;
  old: Refusal | null;
  new: Refusal | null;
}

/** Below this offset a side may have forgotten refusals to make room. */
function forgottenBelow({ refusals }: RefusalSide): Offset {
  if (refusals.size < REFUSALS_MAX) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (const { offset } of refusals.values()) least = Math.min(least, offset);
  return least;
}

const isSame = (a: Refusal, b: Refusal | undefined): boolean =>
  b !== undefined &&
  a.offset === b.offset &&
  a.code === b.code &&
  differingPlaces(a.detail, b.detail).next().done === true;

/** Refusals of which both sides would know, had both given the same verdicts; in log order. */
export function changedRefusals(old: RefusalSide, fresh: RefusalSide): ChangedRefusal[] {
  const from = Math.max(forgottenBelow(old), forgottenBelow(fresh));
  const to = Math.min(old.position, fresh.position);
  const time = Math.max(old.time, fresh.time);
  const isKnown = (refusal: Refusal): boolean =>
    refusal.offset >= from && refusal.offset < to && time - refusal.time < LAPSE_MS;
  const changed: ChangedRefusal[] = [];
  for (const [identity, refusal] of old.refusals) {
    const other = fresh.refusals.get(identity);
    if (!isKnown(refusal) || isSame(refusal, other)) continue;
    const { offset, subject } = refusal;
    changed.push({ offset, stream: subject, old: refusal, new: other ?? null });
  }
  for (const [identity, refusal] of fresh.refusals) {
    if (!isKnown(refusal) || old.refusals.has(identity)) continue;
    const { offset, subject } = refusal;
    changed.push({ offset, stream: subject, old: null, new: refusal });
  }
  return changed.sort((a, b) => a.offset - b.offset);
}
