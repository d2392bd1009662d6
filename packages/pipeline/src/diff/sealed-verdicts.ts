import type { StreamKind } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { VERDICT_COUNTERS, verdictEntries } from '../slot/verdict-digest.js';
import { changedVerdicts } from './changed-verdicts.js';
import { refusedOtherwise } from './decided-refusals.js';
import type { KnownChains } from './known-chains.js';
import { PARKED_MAX, parkedInEither } from './parked-streams.js';
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
  /** What was read of the timelines of the new one before, and is known behind it. */
  chains: KnownChains;
}

const MANY_PARKED =
  `more than ${PARKED_MAX} streams stand parked, and all have to be compared while the partition is sealed: ` +
  'redrive them, or skip their events, and swap again';

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

interface Pair {
  was: StreamSide;
  is: StreamSide;
}

/** Pairs of which either side stands parked, of these streams. */
async function* parkedPairs(
  kinds: readonly StreamKind[],
  old: SlotSide,
  fresh: SlotSide,
  streamIds: readonly string[],
): AsyncGenerator<Pair> {
  for (let at = 0; at < streamIds.length; at += PAGE) {
    const page = streamIds.slice(at, at + PAGE);
    for (const kind of kinds) {
      const before = await old.streams(kind, page);
      const after = await fresh.streams(kind, page);
      for (const [n, was] of before.entries()) {
        const is = after[n];
        if (is === undefined) continue;
        if (was.document?.parked != null || is.document?.parked != null) yield { was, is };
      }
    }
  }
}

/**
 * Reads beforehand what need not be read while two slots stand still: how far parked streams agree that the new one
 * has decided further. The slots may be folded on meanwhile.
 * @returns Why they could not be compared within a seal, in words; null: they can be.
 * @throws what {@link decidedOtherwise} throws
 */
export async function lookBeforeSeal({
  store,
  rulebook,
  kinds,
  chains,
  ...slots
}: SealedSlots): Promise<string | null> {
  const streamIds = await parkedInEither(store, slots.old, slots.new);
  if (streamIds === null) return MANY_PARKED;
  const old = new SlotSide(store, rulebook, slots.old);
  const fresh = new SlotSide(store, rulebook, slots.new);
  for await (const { was, is } of parkedPairs(kinds, old, fresh, streamIds)) {
    await changedVerdicts(was, is, (seq) => chains.of(fresh, is, seq));
  }
  return null;
}

/**
 * What a swap promises, looked at where nothing moves: no verdict, seq or chain is another one in the new generation,
 * but of claims that the old one did not decide. It needs the digests of both slots, whatever the number of their
 * streams, the refusals that they remember, and the streams that stand parked one by one: at most {@link PARKED_MAX} of them.
 * @returns What is otherwise, in words; null: nothing.
 * @throws ViewsUnknown for a generation with a view that this build lacks, StoreUnavailable.
 */
export async function decidedOtherwise({
  store,
  rulebook,
  kinds,
  chains,
  ...slots
}: SealedSlots): Promise<string | null> {
  const streamIds = await parkedInEither(store, slots.old, slots.new);
  if (streamIds === null) return MANY_PARKED;
  const old = new SlotSide(store, rulebook, slots.old);
  const fresh = new SlotSide(store, rulebook, slots.new);
  const parked = new DigestDifference();
  for await (const { was, is } of parkedPairs(kinds, old, fresh, streamIds)) {
    const [first] = await changedVerdicts(was, is, (seq) => chains.of(fresh, is, seq));
    if (first !== undefined) return `${was.stream.subject} differs in ${first.field}`;
    parked.add(was, -1);
    parked.add(is, 1);
  }
  if (!parked.explains(await old.verdicts(), await fresh.verdicts())) {
    return DIFFERING;
  }
  const [refusal] = await refusedOtherwise(old, fresh);
  return refusal === undefined ? null : `the claim at ${refusal.offset} is refused otherwise`;
}
