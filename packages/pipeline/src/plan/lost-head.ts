import { subjectOf } from '@refold/contracts';
import { membersOf } from '../diff/listed-streams.js';
import { generationOf } from '../generation/pointer.js';
import type { Offset } from '../ports/event-log.js';
import type { Slot } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { documentName, listOf, unlistedOf } from '../slot/names.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { PlanPorts } from './plan-partition.js';
import { NAMED_STREAMS_MAX } from './plan.js';
import type { PresentPartition } from './present.js';

/** Documents read at once: they may be large, and little of each is kept. */
const DOCUMENTS_AT_ONCE = 200;

/** Streams of one slot that began before the log does. */
class LostStreams {
  count = 0;
  readonly names: string[] = [];
  readonly #store: PlanPorts['store'];
  readonly #slot: Slot;
  readonly #start: Offset;
  readonly #signal: AbortSignal | undefined;
  /** Those that no view lists: one that was listed again since may still stand there. */
  readonly #unlisted = new Set<string>();

  constructor({ store }: PlanPorts, slot: Slot, start: Offset, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#slot = slot;
    this.#start = start;
    this.#signal = signal;
  }

  /** @param isBegun Only streams of which something is decided, or only the others. */
  async look(kind: Projection['kinds'][number], index: string, isBegun: boolean): Promise<void> {
    let page: string[] = [];
    for await (const { member } of membersOf(this.#store, this.#slot, index)) {
      if (page.push(subjectOf(kind, member)) < DOCUMENTS_AT_ONCE) continue;
      await this.#read(page, isBegun, index === unlistedOf(kind));
      page = [];
    }
    await this.#read(page, isBegun, index === unlistedOf(kind));
  }

  async #read(subjects: readonly string[], isBegun: boolean, isUnlisted: boolean): Promise<void> {
    this.#signal?.throwIfAborted();
    const reads = subjects.map((subject) => ({
      kind: 'get' as const,
      name: documentName(subject),
    }));
    const { results } = await this.#store.read(this.#slot, reads);
    for (const [at, subject] of subjects.entries()) {
      const text = results[at] ?? null;
      const document = text === null ? null : decodeDocument(text);
      if (document === null || document.first >= this.#start) continue;
      if ((document.state !== null) !== isBegun) continue;
      if (this.#unlisted.has(subject)) continue;
      if (isUnlisted) this.#unlisted.add(subject);
      this.count += 1;
      if (this.names.length < NAMED_STREAMS_MAX) this.names.push(subject);
    }
  }
}

/** Streams that began before the log does, of which a new generation gets what the live one has. */
export interface CarriedStreams {
  streams: number;
  /** The first of them. */
  names: readonly string[];
}

/** What folding a partition into a new generation carries over. */
export async function carriedStreams(
  ports: PlanPorts,
  projection: Projection,
  { partition, generation, start, checkpoint }: PresentPartition,
  signal: AbortSignal | undefined,
): Promise<CarriedStreams> {
  if (start === 0 || checkpoint === null) return { streams: 0, names: [] };
  const slot = slotOf(generationOf(projection, generation), partition);
  const lost = new LostStreams(ports, slot, start, signal);
  for (const kind of projection.kinds) {
    await lost.look(kind, unlistedOf(kind), true);
    await lost.look(kind, listOf(kind), true);
    await lost.look(kind, 'parked', false);
  }
  return { streams: lost.count, names: lost.names };
}
