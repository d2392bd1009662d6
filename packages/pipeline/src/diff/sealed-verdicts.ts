import type { StreamKind } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { VERDICT_COUNTERS, verdictEntries } from '../slot/verdict-digest.js';
import { changedVerdicts } from './changed-verdicts.js';
import { refusedOtherwise } from './decided-refusals.js';
import { PARKED, listedInEither } from './listed-streams.js';
import { SlotSide } from './slot-sides.js';
import type { StreamSide } from './stream-side.js';

/** Streams that are read at once. */
const PAGE = 100;

const DIFFERING =
  'the verdicts, seqs or chain hashes of some stream differ. Where an older build began one of the generations, ' +
  'its digest is not known: repair all streams of the partition, and swap again';

/** Two slots of a partition that stand still at one offset. */
export interface SealedSlots {
  store: Pick<ViewStore, 'read'>;
  /** Has the views of both generations. */
  rulebook: Rulebook;
  kinds: readonly StreamKind[];
  old: Slot;
  new: Slot;
}

/** What streams add to the digests, the new side less the old one. */
class DigestDifference {
  readonly #sums = new Map<string, number>();

  add({ stream, document }: StreamSide, sign: 1 | -1): void {
    if (document === null) return;
    for (const { counter, amount } of verdictEntries(stream.subject, document)) {
      this.#sums.set(counter, (this.#sums.get(counter) ?? 0) + sign * amount);
    }
  }

  /** Whether it is all in which two digests differ. */
  explains(old: readonly number[], fresh: readonly number[]): boolean {
    return VERDICT_COUNTERS.every(
      (counter, at) => (fresh[at] ?? 0) - (old[at] ?? 0) === (this.#sums.get(counter) ?? 0),
    );
  }
}

/**
 * What a swap promises, looked at where nothing moves: no verdict, seq or chain is another one in the new generation,
 * but of claims that the old one did not decide. It needs the digests of both slots, whatever the number of their
 * streams, the refusals that they remember, and the streams that stand parked one by one.
 * @returns What is otherwise, in words; null: nothing.
 * @throws ViewsUnknown for a generation with a view that this build lacks, StoreUnavailable.
 */
export async function decidedOtherwise({
  store,
  rulebook,
  kinds,
  ...slots
}: SealedSlots): Promise<string | null> {
  const old = new SlotSide(store, rulebook, slots.old);
  const fresh = new SlotSide(store, rulebook, slots.new);
  const parked = new DigestDifference();
  const members = new Set<string>();
  for await (const { member } of listedInEither(store, slots.old, slots.new, PARKED)) {
    members.add(member);
  }
  const all = [...members];
  for (let at = 0; at < all.length; at += PAGE) {
    const page = all.slice(at, at + PAGE);
    for (const kind of kinds) {
      const before = await old.streams(kind, page);
      const after = await fresh.streams(kind, page);
      for (const [n, was] of before.entries()) {
        const is = after[n];
        if (is === undefined || (was.document?.parked == null && is.document?.parked == null))
          continue;
        const [first] = await changedVerdicts(was, is, () => fresh.timeline(is));
        if (first !== undefined) return `${was.stream.subject} differs in ${first.field}`;
        parked.add(was, -1);
        parked.add(is, 1);
      }
    }
  }
  if (!parked.explains(await old.verdicts(), await fresh.verdicts())) {
    return DIFFERING;
  }
  const [refusal] = await refusedOtherwise(old, fresh);
  return refusal === undefined ? null : `the claim at ${refusal.offset} is refused otherwise`;
}
