import { parseSubject } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import type { Slot, ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import type { Timing } from '../timing.js';
import { changedFields, placesOf } from './changed-fields.js';
import { changedRefusals } from './changed-refusals.js';
import type { ChangedRefusal } from './changed-refusals.js';
import { changedVerdicts } from './changed-verdicts.js';
import { DiffTally } from './diff-tally.js';
import type { PartitionDiff } from './generation-diff.js';
import { listedInEither } from './listed-streams.js';
import type { Listed } from './listed-streams.js';
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

/** How often a stream or the counters are looked at again until both sides stand where they can be compared. */
const LOOKS_MAX = 40;

/** Pause between two such looks, milliseconds. */
const LOOK_MS = 25;

/** The index in which every view of a kind lists all its streams. */
export const listOf = (kind: StreamKind): string => `${kind}s/all`;

/** The index of streams that stand parked, of whatever kind. */
const PARKED = 'parked';

type Pair = readonly [old: StreamSide, fresh: StreamSide];

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
      await this.#walk(
        kind,
        listOf(kind),
        ({ in: side }, [old]) => side !== 'new' || !isListed(old),
      );
      await this.#walk(kind, PARKED, ({ in: side }, [old, fresh]) => {
        if (isListed(old) || isListed(fresh)) return false;
        return side !== 'new' || !placesOf(old).has(PARKED);
      });
    }
    await this.#compareCounters();
    await this.#compareRefusals();
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
        if (isSettled(...pair)) await this.#compare(...pair);
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
    const verdicts = await changedVerdicts(old, fresh, () => this.#new.timeline(fresh));
    for (const verdict of verdicts) this.#tally.verdict({ stream, ...verdict });
    if (old.document === null || fresh.document === null) {
      const change = old.document === null ? 'added' : 'removed';
      this.#tally.stream({ change, stream, fields: [] }, [`/${change}`]);
      return;
    }
    const { fields, places } = changedFields(old, fresh);
    if (fields.length > 0) this.#tally.stream({ change: 'changed', stream, fields }, places);
  }

  /** Counters are those of one position, so both sides have to be met at the same one. */
  async #compareCounters(): Promise<void> {
    for (let look = 1; look <= LOOKS_MAX; look++) {
      this.#signal?.throwIfAborted();
      const [old, fresh] = [await this.#old.counters(), await this.#new.counters()];
      if (old.position === fresh.position) {
        this.#tally.counters(old, fresh);
        return;
      }
      await this.#ports.timing.sleep(LOOK_MS);
    }
  }

  async #compareRefusals(): Promise<void> {
    const changed = changedRefusals(await this.#old.refusals(), await this.#new.refusals());
    for (let at = 0; at < changed.length; at += PAGE) {
      const page = changed.slice(at, at + PAGE);
      const decided = await this.#decidedNow(page);
      for (const one of page) {
        if (decided.has(one)) continue;
        this.#tally.verdict({
          stream: one.stream,
          field: `/refusals/${one.offset}`,
          old: one.old?.code ?? null,
          new: one.new?.code ?? null,
        });
      }
    }
  }

  /** Of these refusals those of claims that the old generation did not decide. */
  async #decidedNow(page: readonly ChangedRefusal[]): Promise<Set<ChangedRefusal>> {
    const asked = page.flatMap((one) => {
      const subject = one.stream === null ? null : parseSubject(one.stream);
      return one.old !== null || subject === null ? [] : [{ one, ...subject }];
    });
    const decided = new Set<ChangedRefusal>();
    for (const kind of new Set(asked.map((one) => one.kind))) {
      const some = asked.filter((one) => one.kind === kind);
      const sides = await this.#old.streams(
        kind,
        some.map(({ streamId }) => streamId),
      );
      for (const [at, { one }] of some.entries()) {
        const from = sides[at]?.document?.parked?.offset;
        if (from !== undefined && from <= one.offset) decided.add(one);
      }
    }
    return decided;
  }
}

/** Whether the stream stands in the list of all streams of its kind. */
const isListed = (side: StreamSide): boolean => placesOf(side).has(listOf(side.stream.kind));

/**
 * Compares all streams of two generations of a partition: documents, places in indexes, counters, and the
 * verdicts. Streams are found in the lists of all streams, and among the parked ones. Both generations may be
 * folded on meanwhile: a stream is compared where both sides have passed the same claims of it. That what a
 * document says also stands in the indexes is not looked at: that is what verifying a slot does.
 * @throws ViewsUnknown for a generation with a view that this build lacks, StoreUnavailable, and the signal's reason.
 */
export const diffPartition = (
  ports: DiffPorts,
  projection: Projection,
  request: DiffRequest,
): Promise<PartitionDiff> =>
  new PartitionComparison(ports, projection, request).run(projection.kinds);
