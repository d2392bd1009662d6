import { subjectOf } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { emptyStream } from '../slot/cached-stream.js';
import { decodeCarriedOver, slotViews } from '../slot/carried-over.js';
import type { CarriedOver, SlotViews } from '../slot/carried-over.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import * as names from '../slot/names.js';
import { decodeRefusal } from '../slot/refusals.js';
import { SkipLog } from '../slot/skip-log.js';
import { decodeDocument } from '../slot/stream-document.js';
import { chunkOf, CHUNK_EVENTS, decodeLine, firstSeqOf, linesOf } from '../slot/timeline.js';
import type { TimelineEvent } from '../slot/timeline.js';
import { VERDICT_COUNTERS } from '../slot/verdict-digest.js';
import type { RefusalSide } from './changed-refusals.js';
import type { DiffSide } from './generation-diff.js';
import type { StreamSide } from './stream-side.js';

/** One of the two slots that are compared: all that is read of it. */
export class SlotSide {
  readonly slot: Slot;
  readonly #store: Pick<ViewStore, 'read'>;
  readonly #rulebook: Rulebook;
  #checkpoint: Checkpoint | null = null;
  #skips = 0;
  #carried: CarriedOver | null = null;
  #views: { text: string; views: SlotViews } | null = null;

  constructor(store: Pick<ViewStore, 'read'>, rulebook: Rulebook, slot: Slot) {
    this.#store = store;
    this.#rulebook = rulebook;
    this.slot = slot;
  }

  /** How far it was folded when it was last looked at. */
  get position(): Offset {
    return this.#checkpoint?.next ?? 0;
  }

  side(): DiffSide {
    const { generation } = this.slot;
    return {
      generation,
      next: this.#checkpoint?.next ?? null,
      views: this.#checkpoint?.views ?? '',
      skips: this.#skips,
      carrying: this.#carried?.isOver === false,
    };
  }

  /** Looks where it stands. @throws ViewsUnknown when this build lacks a view of it. */
  async look(): Promise<void> {
    const { checkpoint, results } = await this.#store.read(this.slot, [
      { kind: 'fields', name: names.SKIPS },
      { kind: 'get', name: names.CARRIED },
    ]);
    this.#saw(checkpoint, results[1]);
    this.#skips = SkipLog.load(results[0]).open().length;
  }

  /** Streams of one kind, at one moment. @throws ViewsUnknown */
  async streams(kind: StreamKind, streamIds: readonly string[]): Promise<StreamSide[]> {
    const { checkpoint, results } = await this.#store.read(
      this.slot,
      [names.CARRIED, ...streamIds.map((id) => names.documentName(subjectOf(kind, id)))].map(
        (name) => ({ kind: 'get' as const, name }),
      ),
    );
    const [carried = null, ...texts] = results;
    const views = this.#saw(checkpoint, carried);
    return streamIds.map((streamId, at) => {
      const text = texts[at] ?? null;
      const document = text === null ? null : decodeDocument(text);
      const own = views.of(document)[kind];
      return { stream: emptyStream(kind, streamId), document, views: own, position: this.position };
    });
  }

  /** The digest of what was decided: see `VERDICT_COUNTERS`. */
  async verdicts(): Promise<number[]> {
    const { checkpoint, results } = await this.#store.read(
      this.slot,
      VERDICT_COUNTERS.map((field) => ({ kind: 'field' as const, name: names.COUNTERS, field })),
    );
    this.#saw(checkpoint);
    return results.map((text) => Number(text ?? 0));
  }

  async refusals(): Promise<RefusalSide> {
    const { checkpoint, results } = await this.#store.read(this.slot, [
      { kind: 'fields', name: names.REFUSALS },
    ]);
    this.#saw(checkpoint);
    const refusals = new Map(
      [...results[0]].map(([identity, text]) => [identity, decodeRefusal(text)]),
    );
    return { position: this.position, time: this.#checkpoint?.time ?? 0, refusals };
  }

  /** The events of a stream as it was read, a chunk at a time. */
  async *timeline({ stream, document }: StreamSide): AsyncGenerator<TimelineEvent> {
    const state = document?.state ?? null;
    if (document === null || state === null) return;
    const base = { createdAt: state.createdAt, first: document.first };
    for (let chunk = 0; chunk <= chunkOf(state.seq); chunk++) {
      const name = names.timelineName(stream.subject, document.incarnation, chunk);
      const { results } = await this.#store.read(this.slot, [{ kind: 'list', name }]);
      const lines = linesOf(results[0]).slice(0, CHUNK_EVENTS);
      for (const [at, line] of lines.entries())
        yield decodeLine(base, firstSeqOf(chunk) + at, line);
    }
  }

  /** @param carried As it stands beside that checkpoint; left out: where no documents are read. */
  #saw(text: string | null, carried: string | null = null): SlotViews {
    this.#checkpoint = text === null ? null : decodeCheckpoint(text);
    this.#carried = decodeCarriedOver(carried) ?? this.#carried;
    const named = this.#checkpoint?.views ?? '';
    const all = [named, ...Object.keys(this.#carried?.views ?? {})].join(';');
    if (this.#views?.text !== all) {
      this.#views = { text: all, views: slotViews(this.#rulebook, named, this.#carried) };
    }
    return this.#views.views;
  }
}
