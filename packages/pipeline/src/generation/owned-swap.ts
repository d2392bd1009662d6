import { KnownChains } from '../diff/known-chains.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { giveUpSwap } from './change-pointer.js';
import type { SwapHint } from './flip-swap.js';
import { advanceSwap } from './swap-partition.js';
import type { PartitionSwap } from './swap-partition.js';

/** A partition is sealed for so long at most before its owner gives the swap up, milliseconds. */
export const SEAL_MS_MAX = 10_000;

/** And so long may a swap wait for its partitions to be sealed: no other task begins on them meanwhile, milliseconds. */
export const SWAP_MS_MAX = 600_000;

/** How often the owner looks at the pointer while a swap waits for its partitions, and while its own is sealed. */
const SWAP_LOOK_MS = 200;
const SEALED_LOOK_MS = 50;

/** Of more partitions than these, each is looked at less often: all of them ask for the same. */
const LOOK_PARTITIONS = 16;

/** The part that the owner of a partition has in the swaps of it, one after the other. */
export class OwnedSwap {
  readonly #ports: ProjectorPorts;
  /** The swap that was met last, and when it was met first. */
  #met: { operation: string; at: number } | null = null;
  /** Since when this owner has the live slot sealed; null: it is not. */
  #sealedAt: number | null = null;
  #isAdvancing = false;
  readonly #hint: SwapHint = { partition: null };
  readonly #chains = new KnownChains();
  /** How many times as long the owner of one of many partitions waits. */
  #looks = 1;

  constructor(ports: ProjectorPorts) {
    this.#ports = ports;
  }

  /** Until the pointer is looked at again, milliseconds; null: no swap is under way. */
  get pauseMs(): number | null {
    if (this.#sealedAt !== null) return SEALED_LOOK_MS * this.#looks;
    return this.#met === null ? null : SWAP_LOOK_MS * this.#looks;
  }

  /** The live slot was looked at. */
  settled(isSealed: boolean): void {
    this.#sealedAt = isSealed ? (this.#sealedAt ?? this.#ports.timing.now()) : null;
  }

  /** The pointer has no swap of the partition. */
  over(): void {
    this.#met = null;
  }

  /** A swap was carried out. One that was given up may be tried again, and does not read all timelines once more. */
  switched(): void {
    this.#chains.clear();
  }

  /** Takes a swap further beside everything else, and gives it up where it takes too long. */
  async step(known: Omit<PartitionSwap, 'ports' | 'hint' | 'chains'>): Promise<void> {
    const own = { ports: this.#ports, hint: this.#hint, chains: this.#chains };
    const partition: PartitionSwap = { ...known, ...own };
    const { operation, partitions } = known.swap;
    const now = this.#ports.timing.now();
    this.#looks = Math.ceil(partitions.length / LOOK_PARTITIONS);
    if (this.#met?.operation !== operation) this.#met = { operation, at: now };
    const reason = this.#lateAt(now, this.#met.at, partition);
    if (reason !== null) await this.#giveUp(partition, reason);
    else if (!this.#isAdvancing) void this.#advance(partition);
  }

  #lateAt(now: number, metAt: number, { live, next }: PartitionSwap): string | null {
    const { partition } = live;
    if (this.#sealedAt !== null && now - this.#sealedAt > SEAL_MS_MAX) {
      return `partition ${partition} was sealed for ${SEAL_MS_MAX} ms, and another one could not be sealed meanwhile`;
    }
    if (this.#sealedAt !== null || now - metAt <= SWAP_MS_MAX) return null;
    const why = next.waitsFor === null ? '' : `: ${next.waitsFor}`;
    return `partition ${partition} could not be sealed within ${SWAP_MS_MAX} ms${why}`;
  }

  /** The slot of the next generation may be stuck, or one that this build cannot fold: that stops nobody. */
  async #advance(partition: PartitionSwap): Promise<void> {
    this.#isAdvancing = true;
    try {
      const broken = await advanceSwap(partition);
      if (partition.live.known?.checkpoint.role === 'sealed') this.settled(true);
      if (broken !== null) await this.#giveUp(partition, broken);
    } catch (error) {
      if (partition.live.isRevoked) return;
      const reason = error instanceof Error ? error.message : String(error);
      const { operation } = partition.swap;
      const told = `the swap of ${operation} stands still: ${reason}`;
      this.#ports.trouble(partition.live.partition, told);
    } finally {
      this.#isAdvancing = false;
    }
  }

  async #giveUp({ projection, swap }: PartitionSwap, reason: string): Promise<void> {
    const { store } = this.#ports;
    const ports = { store, commitId: () => this.#ports.commitId() };
    await giveUpSwap(ports, projection, swap.operation, reason);
  }
}
