import { partitionOf, subjectOf } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import type { ViewStore } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { REBUILDING, RULES, documentName, indexName, timelineName } from '../slot/names.js';
import { decodeHistory, type RulesHistory } from '../slot/rules-history.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chunkOf, decodeLine, firstSeqOf, linesOf } from '../slot/timeline.js';
import type { TimelineEvent } from '../slot/timeline.js';
import { LiveReads } from './live-reads.js';
import { PositionedReads } from './positioned-reads.js';
import type { PositionedSlots, ReadPosition } from './positioned-reads.js';

/** A document and the position it belongs to. */
export interface DocumentRead {
  streamId: string;
  document: StreamDocument | null;
  position: ReadPosition;
  /** The stream is being folded anew beside what was read, and stands as before until it is replaced. */
  rebuilding: boolean;
}

export interface TimelineRead extends DocumentRead {
  events: TimelineEvent[];
}

/** A place in a list, newest first. */
export interface ListCursor {
  score: number;
  member: string;
}

export interface ListEntry extends DocumentRead {
  score: number;
}

/** The document of a stream, and whether it is being rebuilt. */
const readsOf = (subject: string) =>
  [
    { kind: 'get', name: documentName(subject) },
    { kind: 'field', name: REBUILDING, field: subject },
  ] as const;

/** Reads one projection. Every result says its position, and none lies below what was served before. */
export class ProjectionReader {
  readonly projection: Projection;
  readonly live: LiveReads;
  readonly #reads: PositionedReads;

  constructor(store: Pick<ViewStore, 'read'>, projection: Projection) {
    this.projection = projection;
    this.live = new LiveReads(store, projection);
    this.#reads = new PositionedReads(this.live);
  }

  partitionOf(streamId: string): number {
    return partitionOf(streamId, this.projection.partitions);
  }

  /** The checkpoint of a partition. @throws CatchingUp */
  async checkpoint(partition: number): Promise<Checkpoint | null> {
    return (await this.#reads.answer((slots) => slots.read(partition, []))).checkpoint;
  }

  /**
   * The checkpoint as it stands, also below what was served, the generation it is of, and how its rules were changed: for
   * those who watch the rebuilding.
   */
  async rawCheckpoint(
    partition: number,
  ): Promise<{ generation: number; checkpoint: Checkpoint | null; rules: RulesHistory }> {
    const rules = [{ kind: 'get', name: RULES }] as const;
    const { generation, checkpoint, results } = await this.live.answer((slots) =>
      slots.read(partition, rules),
    );
    const [history] = results;
    return { generation, checkpoint, rules: history === null ? [] : decodeHistory(history) };
  }

  /** @throws CatchingUp */
  async document(kind: StreamKind, streamId: string): Promise<DocumentRead> {
    return this.#reads.answer((slots) => this.#document(slots, kind, streamId));
  }

  /** Events with `seq > afterSeq`, at most `limit`, in order, with the document they belong to. */
  async timeline(
    kind: StreamKind,
    streamId: string,
    afterSeq: number,
    limit: number,
  ): Promise<TimelineRead> {
    const page = { afterSeq, limit };
    return this.#reads.answer((slots) => this.#timeline(slots, kind, streamId, page));
  }

  /** One page of an index over all partitions, highest score first, strictly below `before`. */
  async list(
    kind: StreamKind,
    index: string,
    before: ListCursor | undefined,
    limit: number,
  ): Promise<{ entries: ListEntry[]; positions: ReadPosition[] }> {
    const page = { before, limit };
    return this.#reads.answer((slots) => this.#list(slots, kind, index, page));
  }

  async #document(
    slots: PositionedSlots,
    kind: StreamKind,
    streamId: string,
  ): Promise<DocumentRead> {
    const partition = this.partitionOf(streamId);
    const { results, position } = await slots.read(partition, readsOf(subjectOf(kind, streamId)));
    const [text, shadow] = results;
    const document = text === null ? null : decodeDocument(text);
    return { streamId, document, position, rebuilding: shadow !== null };
  }

  async #timeline(
    slots: PositionedSlots,
    kind: StreamKind,
    streamId: string,
    { afterSeq, limit }: { afterSeq: number; limit: number },
  ): Promise<TimelineRead> {
    const partition = this.partitionOf(streamId);
    const subject = subjectOf(kind, streamId);
    let found = await this.#document(slots, kind, streamId);
    for (;;) {
      const { document } = found;
      const lastSeq = Math.min(document?.state?.seq ?? 0, afterSeq + limit);
      if (document === null || lastSeq <= afterSeq) return { ...found, events: [] };
      const chunks: number[] = [];
      for (let c = chunkOf(afterSeq + 1); c <= chunkOf(lastSeq); c++) chunks.push(c);
      const { results, position } = await slots.read(partition, [
        ...readsOf(subject),
        ...chunks.map((chunk) => ({
          kind: 'list' as const,
          name: timelineName(subject, document.incarnation, chunk),
        })),
      ]);
      const [text, shadow, ...lists] = results as [string | null, string | null, ...string[][]];
      const now = text === null ? null : decodeDocument(text);
      found = { streamId, document: now, position, rebuilding: shadow !== null };
      if (now === null || now.incarnation !== document.incarnation) continue;
      const base = { createdAt: now.state?.createdAt ?? 0, first: now.first };
      const events = chunks.flatMap((chunk, i) =>
        linesOf(lists[i] ?? [])
          .map((line, at) => ({ line, seq: firstSeqOf(chunk) + at }))
          .filter(({ seq }) => seq > afterSeq && seq <= lastSeq)
          .map(({ line, seq }) => decodeLine(base, seq, line)),
      );
      return { ...found, events };
    }
  }

  async #list(
    slots: PositionedSlots,
    kind: StreamKind,
    index: string,
    { before, limit }: { before: ListCursor | undefined; limit: number },
  ) {
    const partitions = Array.from({ length: this.projection.partitions }, (_, p) => p);
    const cursor = before === undefined ? {} : { before };
    const pages = await Promise.all(
      partitions.map(async (partition) => {
        const { results, position } = await slots.read(partition, [
          { kind: 'ranked', name: indexName(index), limit, ...cursor },
        ]);
        return { ranked: results[0], position };
      }),
    );
    const first = pages
      .flatMap(({ ranked }) => ranked)
      .sort((a, b) => b.score - a.score || (a.member < b.member ? 1 : -1))
      .slice(0, limit);
    const streamIds = first.map(({ member }) => member);
    const documents = await this.#documents(slots, kind, streamIds);
    const entries = first.flatMap(({ member, score }) => {
      const read = documents.get(member);
      return read === undefined ? [] : [{ ...read, score }];
    });
    return { entries, positions: pages.map(({ position }) => position) };
  }

  async #documents(
    slots: PositionedSlots,
    kind: StreamKind,
    streamIds: readonly string[],
  ): Promise<Map<string, DocumentRead>> {
    const byPartition = new Map<number, string[]>();
    for (const streamId of streamIds) {
      const partition = this.partitionOf(streamId);
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), streamId]);
    }
    const found = new Map<string, DocumentRead>();
    await Promise.all(
      [...byPartition].map(async ([partition, ids]) => {
        const { results, position } = await slots.read(
          partition,
          ids.flatMap((id) => readsOf(subjectOf(kind, id))),
        );
        ids.forEach((streamId, i) => {
          const text = results[2 * i] ?? null;
          const document = text === null ? null : decodeDocument(text);
          const rebuilding = (results[2 * i + 1] ?? null) !== null;
          found.set(streamId, { streamId, document, position, rebuilding });
        });
      }),
    );
    return found;
  }
}
