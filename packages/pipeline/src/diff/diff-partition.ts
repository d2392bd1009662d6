import type { StreamKind } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { listOf, unlistedOf } from '../slot/names.js';
import type { Projection } from '../projection.js';
import type { Timing } from '../timing.js';
import { changedFields, countsOf, placesOf } from './changed-fields.js';
import { chainAt, changedVerdicts } from './changed-verdicts.js';
import { refusedOtherwise } from './decided-refusals.js';
import { DiffTally } from './diff-tally.js';
import type { PartitionDiff } from './generation-diff.js';
import { PARKED, listedInEither } from './listed-streams.js';
import type { Listed } from './listed-streams.js';
import { parkedInEither } from './parked-streams.js';
import { SlotSide } from './slot-sides.js';
import { isSettled } from './stream-side.js';
import type { StreamSide } from './stream-side.js';

export interface DiffPorts {
  store: Pick<ViewStore, 'read'>;
  /** Has the views of both generations. */
  rulebook: Rulebook;
  timing: Pick<Timing, 'sleep'>;
}

/** Which two slots of a partition are compared. */
export interface DiffRequest {
  partition: number;
  old: number;
  new: number;
  /** Streams, and verdicts, that are shown. */
  samples: number;
  signal?: AbortSignal;
}

/** Streams that are read at once. */
const PAGE = 100;

/** How often a stream is looked at until both sides were met where they can be compared. */
const LOOKS_MAX = 40;

/** Pause between two such looks, milliseconds. */
const LOOK_MS = 25;

type Pair = readonly [old: StreamSide, fresh: StreamSide];

/** A stream that is written while it is looked at: one side, as it stands now, may be what the other one was before. */
class MetSides {
  readonly #old: StreamSide[] = [];
  readonly #new: StreamSide[] = [];

  /** Two sides that tell of the same claims; null: none of those that were met do. */
  meet([old, fresh]: Pair): Pair | null {
    this.#old.push(old);
    this.#new.push(fresh);
    const before = this.#old.find((side) => isSettled(side, fresh));
    if (before !== undefined) return [before, fresh];
    const after = this.#new.find((side) => isSettled(old, side));
    return after === undefined ? null : [old, after];
  }
}

/** Compares two generations of a partition while both are folded on. Holds one page of streams at a time. */
class PartitionComparison {
  readonly #ports: DiffPorts;
  readonly #old: SlotSide;
  readonly #new: SlotSide;
  readonly #tally: DiffTally;
  readonly #signal: AbortSignal | undefined;

  constructor(ports: DiffPorts, projection: Projection, request: DiffRequest) {
    const slotOf = (generation: number): Slot => ({
      projection: projection.name,
      generation,
      partition: request.partition,
    });
    this.#ports = ports;
    this.#old = new SlotSide(ports.store, ports.rulebook, slotOf(request.old));
    this.#new = new SlotSide(ports.store, ports.rulebook, slotOf(request.new));
    this.#tally = new DiffTally(request.partition, request.samples);
    this.#signal = request.signal;
  }

  async run(kinds: readonly StreamKind[]): Promise<PartitionDiff> {
    for (const kind of kinds) {
      const indexes = [listOf(kind), unlistedOf(kind), PARKED];
      for (const [at, index] of indexes.entries()) {
        const before = indexes.slice(0, at);
        await this.#walk(kind, index, ({ in: side }, [old, fresh]) => {
          const [is, was] = [placesOf(fresh), placesOf(old)];
          if (before.some((one) => is.has(one) || was.has(one))) return false;
          return side !== 'new' || !was.has(index);
        });
      }
    }
    await this.#compareRefusals();
    const parked = await parkedInEither(this.#ports.store, this.#old.slot, this.#new.slot);
    this.#tally.diff.hasManyParked = parked === null;
    await this.#old.look();
    await this.#new.look();
    return this.#tally.done(this.#old, this.#new);
  }

  /** Compares the streams of an index; `isFirst` leaves out those that were met before. */
  async #walk(
    kind: StreamKind,
    index: string,
    isFirst: (listed: Listed, pair: Pair) => boolean,
  ): Promise<void> {
    const { store } = this.#ports;
    let page: Listed[] = [];
    for await (const listed of listedInEither(store, this.#old.slot, this.#new.slot, index)) {
      if (page.push(listed) < PAGE) continue;
      await this.#comparePage(kind, page, isFirst);
      page = [];
    }
    if (page.length > 0) await this.#comparePage(kind, page, isFirst);
  }

  async #comparePage(
    kind: StreamKind,
    page: readonly Listed[],
    isFirst: (listed: Listed, pair: Pair) => boolean,
  ): Promise<void> {
    let left = page;
    const met = new Map<string, MetSides>();
    for (let look = 1; left.length > 0; look++) {
      this.#signal?.throwIfAborted();
      const pairs = await this.#read(
        kind,
        left.map(({ member }) => member),
      );
      const waiting: Listed[] = [];
      for (const [at, listed] of left.entries()) {
        const pair = pairs[at];
        if (pair === undefined || !this.#isThere(pair) || !isFirst(listed, pair)) continue;
        const sides = met.get(listed.member) ?? new MetSides();
        met.set(listed.member, sides);
        const settled = sides.meet(pair);
        if (settled !== null) await this.#compare(...settled);
        else if (look < LOOKS_MAX) waiting.push(listed);
        else this.#tally.unsettled(pair[0].stream.subject);
      }
      left = waiting;
      if (left.length > 0) await this.#ports.timing.sleep(LOOK_MS);
    }
  }

  /** A member of an index may be of another kind, and a stream may go between two looks. */
  #isThere([old, fresh]: Pair): boolean {
    return old.document !== null || fresh.document !== null;
  }

  async #read(kind: StreamKind, streamIds: readonly string[]): Promise<Pair[]> {
    const old = await this.#old.streams(kind, streamIds);
    const fresh = await this.#new.streams(kind, streamIds);
    return old.flatMap((side, at) => {
      const other = fresh[at];
      return other === undefined ? [] : [[side, other] as const];
    });
  }

  async #compare(old: StreamSide, fresh: StreamSide): Promise<void> {
    const stream = old.stream.subject;
    this.#tally.diff.streams += 1;
    this.#tally.counts(countsOf(old), countsOf(fresh));
    const chainOf = (seq: number) => chainAt(this.#new.timeline(fresh), seq);
    const verdicts = await changedVerdicts(old, fresh, chainOf);
    for (const verdict of verdicts) this.#tally.verdict({ stream, ...verdict });
    if (old.document === null || fresh.document === null) {
      const change = old.document === null ? 'added' : 'removed';
      this.#tally.stream({ change, stream, fields: [], fieldsLeftOut: 0 }, [`/${change}`]);
      return;
    }
    if (fresh.document.carried !== null) this.#tally.diff.carried += 1;
    const { places, ...changed } = changedFields(old, fresh);
    if (places.size > 0) this.#tally.stream({ change: 'changed', stream, ...changed }, places);
  }

  async #compareRefusals(): Promise<void> {
    for (const one of await refusedOtherwise(this.#old, this.#new)) {
      this.#tally.verdict({
        stream: one.stream,
        field: `/refusals/${one.offset}`,
        old: one.old?.code ?? null,
        new: one.new?.code ?? null,
      });
    }
  }
}

/**
 * Compares all streams of two generations of a partition: documents, places in indexes and counters, and the
 * verdicts. Streams are found in the lists of all streams, among those that no view lists, and among the parked ones. Both generations may be
 * folded on meanwhile: a stream is compared where both sides have passed the same claims of it. That what a
 * document says also stands in the indexes, and in the counters, is not looked at: that is what verifying a slot does.
 * @throws ViewsUnknown for a generation with a view that this build lacks, StoreUnavailable, and the signal's reason.
 */
export const diffPartition = (
  ports: DiffPorts,
  projection: Projection,
  request: DiffRequest,
): Promise<PartitionDiff> =>
  new PartitionComparison(ports, projection, request).run(projection.kinds);
