import { decodeRecord } from '../fold/decode.js';
import { NO_COUNTS } from '../fold/cut-writer.js';
import type { CutCounts } from '../fold/cut-writer.js';
import { foldCut } from '../fold/fold-cut.js';
import type { FoldedCut } from '../fold/fold-cut.js';
import type { FoldContext, Item } from '../fold/fold-context.js';
import type { LogBatch, Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import { WINDOW_CLAIMS } from '../slot/park-window.js';
import type { Parks } from '../slot/park-window.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { trippedBy } from './breaker.js';
import { checkPartitionCount, checkPosition } from './check-position.js';
import { SlotMoved, loadBatch } from './load-batch.js';
import type { OwnedSlot } from './owned-slot.js';
import { PartitionStopped } from './partition-stopped.js';
import type { ProjectorPorts } from './projector-ports.js';

/** Records decoded and loaded at once. */
const SLICE_RECORDS = 1000;

type Choose = (cache: SlotCache, items: readonly Item[]) => Promise<void> | null;

/** Folds batches of a partition into one slot of it: verify the position, decode, load, fold, commit. */
export class SlotFolder {
  readonly #ports: ProjectorPorts;
  readonly #slot: OwnedSlot;
  readonly #choose: Choose | undefined;
  /** Reading was interrupted, and the last folded record was not looked at since. */
  #interrupted = false;

  /** @param choose Called before a batch is folded: it may leave claims out. */
  constructor(ports: ProjectorPorts, slot: OwnedSlot, choose?: Choose) {
    this.#ports = ports;
    this.#choose = choose;
    this.#slot = slot;
  }

  /**
   * Folds a batch, or looks after the slot where there is nothing to fold; a batch from elsewhere is
   * dropped whole. To be called from within the queue of the slot.
   */
  async fold(cache: SlotCache, batch: LogBatch): Promise<void> {
    if (batch.resumed === true) this.#interrupted = true;
    if (batch.from !== cache.checkpoint.next) return;
    try {
      if (batch.next === batch.from) {
        await this.#audit(cache, batch);
        return;
      }
      await this.#checkEpoch(cache, batch);
      await this.#foldSlices(cache, batch);
    } catch (error) {
      this.#slot.drop(error);
    }
  }

  /** Nothing to fold: is the store still where this owner left it? It may have been emptied or restored. */
  async #audit(cache: SlotCache, batch: LogBatch): Promise<void> {
    const { checkpoint } = await this.#ports.store.read(this.#slot.slot, []);
    if (checkpoint !== cache.text) throw new SlotMoved('the checkpoint moved while idle');
    const { outbox } = this.#slot;
    // Mirrored letters leave the slot with the next commit; an idle slot needs one of its own.
    if (outbox?.hasMirrored === true) await this.#slot.commit(cache, { writes: noWrites() });
    outbox?.start();
    this.#report(cache, batch.from, batch.end, NO_COUNTS, false);
  }

  /** A new leader may have lost the tail that was folded: look at the last record again. */
  async #checkEpoch(cache: SlotCache, batch: LogBatch): Promise<void> {
    const { last, next } = cache.checkpoint;
    const first = batch.records[0];
    const sameLeader = first === undefined || first.leaderEpoch === last?.leaderEpoch;
    if (next > 0 && (this.#interrupted || !sameLeader)) {
      const { projection, partition } = this.#slot;
      await checkPosition(this.#ports.log, projection, partition, cache.checkpoint);
    }
    this.#interrupted = false;
  }

  /** A large batch is taken in slices, so that what was decoded can be forgotten young. */
  async #foldSlices(cache: SlotCache, batch: LogBatch): Promise<void> {
    do {
      const records = batch.records.splice(0, SLICE_RECORDS);
      const next = batch.records[0]?.offset ?? batch.next;
      await this.#foldSlice(cache, { ...batch, records, next });
    } while (batch.records.length > 0);
  }

  async #foldSlice(cache: SlotCache, batch: LogBatch): Promise<void> {
    const { projection, partition } = this.#slot;
    const where = { projection, partition, streams: new Map(), texts: new Map() };
    const items = batch.records.splice(0).map((record): Item => {
      const decoded = decodeRecord(record, where);
      return { record, decoded, stream: null, judged: false, verdict: null };
    });
    const isMisplaced = items.some(
      ({ decoded }) => decoded.kind === 'dead_letter' && decoded.misplaced === true,
    );
    if (isMisplaced) await checkPartitionCount(this.#ports.log, projection);
    const choosing = this.#choose?.(cache, items) ?? null;
    if (choosing !== null) await choosing;
    const { slot } = this.#slot;
    const { committed, streams } = await loadBatch(this.#ports.store, slot, cache, items);
    const accepted = { byIdentity: new Map<string, Item>(), indexed: 0 };
    const { rulebook } = this.#ports;
    const context = { projection, partition, rulebook, cache, items, committed, accepted };
    await this.#commitAll(context, items, batch);
    cache.trim(streams);
  }

  /** Empties `items`: what is folded is garbage, and must not grow old while the store is waited for. */
  async #commitAll(context: FoldContext, items: Item[], batch: LogBatch): Promise<void> {
    for (let at = 0; at < items.length || context.cache.checkpoint.next < batch.next;) {
      this.#slot.checkOwned();
      const folded = foldCut(context, items, at);
      at += folded.length;
      const halted = folded.halt;
      const rest = items[at]?.record.offset ?? batch.next;
      if (at >= items.length) items.length = 0;
      if (folded.length > 0 || halted === null) {
        await this.#commit(context.cache, folded, rest, batch);
      }
      if (halted !== null) throw this.#unknownVersion(halted.offset, halted.what);
    }
  }

  #unknownVersion(offset: Offset, what: string): PartitionStopped {
    return new PartitionStopped(
      'unknown_version',
      `${this.#where}: the record at ${offset} has ${what}, which this ` +
        'build does not know. Deploy a build that does; nothing was skipped.',
    );
  }

  #tooMany({ parked, streams, causes }: Parks, next: Offset): PartitionStopped {
    return new PartitionStopped(
      'too_many_causes',
      `${this.#where}: ${parked} of ${streams} streams would park for ${causes.length} distinct causes, all ` +
        `within ${WINDOW_CLAIMS} events; nothing was committed from offset ${next} on. The fault is probably ` +
        `in this build: ${causes.at(-1) ?? ''}. Deploy one without it; to park the streams all the same, set ` +
        'REFOLD_PARKED_PERCENT_MAX=100.',
    );
  }

  async #commit(cache: SlotCache, folded: FoldedCut, next: Offset, batch: LogBatch): Promise<void> {
    const { cut } = folded;
    const from = cache.checkpoint.next;
    const flood = trippedBy(cut.parks, this.#ports.breaker);
    if (flood !== null) throw this.#tooMany(flood, from);
    const writes = cut.writes(folded.time);
    const notices = cut.notices();
    await this.#slot.commit(cache, { next, folded, writes, notices });
    this.#report(cache, from, batch.end, cut.counts, notices.length > 0);
    const { outbox } = this.#slot;
    outbox?.add(cut.letters.added);
    outbox?.forget(cut.letters.evicted);
    outbox?.start();
  }

  #report(cache: SlotCache, from: Offset, end: Offset, counts: CutCounts, asked: boolean): void {
    const { next, time } = cache.checkpoint;
    const { partition } = this.#slot;
    const { generation } = this.#slot.projection;
    this.#ports.committed({ partition, generation, from, next, end, time, counts, asked });
  }

  get #where(): string {
    return `${this.#slot.projection.topic}/${this.#slot.partition}`;
  }
}
