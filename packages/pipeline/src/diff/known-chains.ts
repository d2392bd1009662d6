import { chainAt } from './changed-verdicts.js';
import { PARKED_MAX } from './parked-streams.js';
import type { SlotSide } from './slot-sides.js';
import type { StreamSide } from './stream-side.js';

/**
 * Chains over the beginnings of timelines, whose events are never others: what was read before a partition is sealed need
 * not be read again while it is. Holds as many as streams are compared then.
 */
export class KnownChains {
  readonly #chains = new Map<string, string>();

  /** The chain over the first `seq` events of a stream. @throws StoreUnavailable */
  async of(side: SlotSide, stream: StreamSide, seq: number): Promise<string> {
    const { projection, generation, partition } = side.slot;
    const incarnation = stream.document?.incarnation;
    const where = [projection, generation, partition, stream.stream.subject, incarnation, seq];
    const key = where.join(' ');
    const known = this.#chains.get(key);
    const chain = known ?? (await chainAt(side.timeline(stream), seq));
    const [oldest] = this.#chains.keys();
    if (known === undefined && oldest !== undefined && this.#chains.size >= PARKED_MAX) {
      this.#chains.delete(oldest);
    }
    this.#chains.set(key, chain);
    return chain;
  }
}
