import { subjectOf } from '@refold/contracts';
import { listOf } from '../diff/diff-partition.js';
import { membersOf } from '../diff/listed-streams.js';
import { generationOf } from '../generation/pointer.js';
import type { Offset } from '../ports/event-log.js';
import type { Slot } from '../ports/view-store.js';
import { beginningOf } from '../project/open-slot.js';
import { PartitionStopped } from '../project/partition-stopped.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { documentName } from '../slot/names.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { PlanPorts } from './plan-partition.js';
import { NAMED_STREAMS_MAX } from './plan.js';
import type { PresentPartition } from './present.js';

/** Why a partition cannot be folded from the beginning of its log. */
export type HeadRefusal =
  /** So many streams began before the log does; the first of them are named. */
  | { reason: 'unrebuildable'; partition: number; streams: number; unrebuildable_streams: string[] }
  /** It was cut elsewhere than at a change of the rules: which rules held there is not known. */
  | { reason: 'log_head_missing'; partition: number; log_start: Offset };

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
      await this.#read(page, isBegun);
      page = [];
    }
    await this.#read(page, isBegun);
  }

  async #read(subjects: readonly string[], isBegun: boolean): Promise<void> {
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
      this.count += 1;
      if (this.names.length < NAMED_STREAMS_MAX) this.names.push(subject);
    }
  }
}

async function isHeadMissing(
  { log }: PlanPorts,
  projection: Projection,
  partition: number,
): Promise<boolean> {
  try {
    await beginningOf(log, projection, partition);
    return false;
  } catch (error) {
    if (error instanceof PartitionStopped && error.code === 'log_head_missing') return true;
    throw error;
  }
}

/** Why a partition cannot be folded into a new generation, which would lack what the log no longer has. */
export async function headRefusals(
  ports: PlanPorts,
  projection: Projection,
  { partition, generation, start, checkpoint }: PresentPartition,
  signal: AbortSignal | undefined,
): Promise<HeadRefusal[]> {
  if (start === 0 || checkpoint === null) return [];
  const slot = slotOf(generationOf(projection, generation), partition);
  const lost = new LostStreams(ports, slot, start, signal);
  for (const kind of projection.kinds) {
    await lost.look(kind, listOf(kind), true);
    await lost.look(kind, 'parked', false);
  }
  const { count: streams, names } = lost;
  if (streams > 0) {
    return [{ reason: 'unrebuildable', partition, streams, unrebuildable_streams: names }];
  }
  const isMissing = await isHeadMissing(ports, projection, partition);
  return isMissing ? [{ reason: 'log_head_missing', partition, log_start: start }] : [];
}
