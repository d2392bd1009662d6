import { STREAM_KINDS } from '@refold/contracts';
import { chainAt } from './changed-verdicts.js';
import type { TimelineChain } from './changed-verdicts.js';
import { PARKED_MAX } from './parked-streams.js';
import type { SlotSide } from './slot-sides.js';
import type { StreamSide } from './stream-side.js';

/** Of each ID that stands parked there may be a stream of every kind. */
const STREAMS_MAX = PARKED_MAX * STREAM_KINDS.length;

interface KnownChain extends TimelineChain {
  incarnation: number | undefined;
}

/**
 * Chains over the beginnings of timelines, whose events are never others: what was read before a partition is sealed need
 * not be read again while it is. One of each stream, of as many streams as are compared then.
 */
export class KnownChains {
  readonly #chains = new Map<string, KnownChain>();

  /** The chain over the first `seq` events of a stream, as far as they are there. @throws StoreUnavailable */
  async of(side: SlotSide, stream: StreamSide, seq: number): Promise<TimelineChain> {
    const { projection, generation, partition } = side.slot;
    const key = [projection, generation, partition, stream.stream.subject].join(' ');
    const incarnation = stream.document?.incarnation;
    const known = this.#chains.get(key);
    if (known?.seq === seq && known.incarnation === incarnation) {
      return { chain: known.chain, seq };
    }
    const read = await chainAt(side.timeline(stream), seq);
    // A timeline that ends before may grow.
    if (read.seq === seq) this.#keep(key, { ...read, incarnation });
    return read;
  }

  /** What comes next may stand in other slots of the same names. */
  clear(): void {
    this.#chains.clear();
  }

  #keep(key: string, chain: KnownChain): void {
    this.#chains.delete(key);
    const [oldest] = this.#chains.keys();
    if (oldest !== undefined && this.#chains.size >= STREAMS_MAX) this.#chains.delete(oldest);
    this.#chains.set(key, chain);
  }
}
