import { partitionOf, subjectOf } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { Read, Snapshot, ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { REBUILDING, documentName, indexName, timelineName } from '../slot/names.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chunkOf, decodeLine, firstSeqOf, linesOf } from '../slot/timeline.js';
import type { TimelineEvent } from '../slot/timeline.js';
import { PositionFloor } from './position-floor.js';

/** How far a partition was folded when something was read from it. */
export interface ReadPosition {
  partition: number;
  next: Offset;
  /** Largest append time folded, milliseconds; 0 = nothing yet. */
  time: number;
}

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

const positionOf = (partition: number, checkpoint: Checkpoint | null): ReadPosition => ({
  partition,
  next: checkpoint?.next ?? 0,
  time: checkpoint?.time ?? 0,
});

/** How often a read is begun that others overtake. */
const READS_MAX = 5;

/** The document of a stream, and whether it is being rebuilt. */
const readsOf = (subject: string) =>
  [
    { kind: 'get', name: documentName(subject) },
    { kind: 'field', name: REBUILDING, field: subject },
  ] as const;

const parsed = (text: string | null): Checkpoint | null =>
  text === null ? null : decodeCheckpoint(text);

/** Reads one projection. Every result says its position, and none lies below what was served before. */
export class ProjectionReader {
  readonly projection: Projection;
  readonly #store: Pick<ViewStore, 'read'>;
  readonly #floor = new PositionFloor();

  constructor(store: Pick<ViewStore, 'read'>, projection: Projection) {
    this.#store = store;
    this.projection = projection;
  }

  partitionOf(streamId: string): number {
    return partitionOf(streamId, this.projection.partitions);
  }

  /** The checkpoint of a partition. @throws CatchingUp */
  async checkpoint(partition: number): Promise<Checkpoint | null> {
    return parsed((await this.#read(partition, [])).checkpoint);
  }

  /** The checkpoint as it stands, also below what was served: for those who watch the rebuilding. */
  async rawCheckpoint(partition: number): Promise<Checkpoint | null> {
    const { checkpoint } = await this.#store.read(slotOf(this.projection, partition), []);
    return parsed(checkpoint);
  }

  /** @throws CatchingUp */
  async document(kind: StreamKind, streamId: string): Promise<DocumentRead> {
    const partition = this.partitionOf(streamId);
    const { results, position } = await this.#read(partition, readsOf(subjectOf(kind, streamId)));
    const [text, shadow] = results;
    const document = text === null ? null : decodeDocument(text);
    return { streamId, document, position, rebuilding: shadow !== null };
  }

  /** Events with `seq > afterSeq`, at most `limit`, in order, with the document they belong to. */
  async timeline(
    kind: StreamKind,
    streamId: string,
    afterSeq: number,
    limit: number,
  ): Promise<TimelineRead> {
    const partition = this.partitionOf(streamId);
    const subject = subjectOf(kind, streamId);
    let found = await this.document(kind, streamId);
    for (;;) {
      const { document } = found;
      const lastSeq = Math.min(document?.state?.seq ?? 0, afterSeq + limit);
      if (document === null || lastSeq <= afterSeq) return { ...found, events: [] };
      const chunks: number[] = [];
      for (let c = chunkOf(afterSeq + 1); c <= chunkOf(lastSeq); c++) chunks.push(c);
      const { results, position } = await this.#read(partition, [
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

  /** One page of an index over all partitions, highest score first, strictly below `before`. */
  async list(
    kind: StreamKind,
    index: string,
    before: ListCursor | undefined,
    limit: number,
  ): Promise<{ entries: ListEntry[]; positions: ReadPosition[] }> {
    const partitions = Array.from({ length: this.projection.partitions }, (_, p) => p);
    const cursor = before === undefined ? {} : { before };
    const pages = await Promise.all(
      partitions.map(async (partition) => {
        const { results, position } = await this.#read(partition, [
          { kind: 'ranked', name: indexName(index), limit, ...cursor },
        ]);
        return { ranked: results[0], position };
      }),
    );
    const first = pages
      .flatMap(({ ranked }) => ranked)
      .sort((a, b) => b.score - a.score || (a.member < b.member ? 1 : -1))
      .slice(0, limit);
    const documents = await this.#documents(
      kind,
      first.map(({ member }) => member),
    );
    const entries = first.flatMap(({ member, score }) => {
      const read = documents.get(member);
      return read === undefined ? [] : [{ ...read, score }];
    });
    return { entries, positions: pages.map(({ position }) => position) };
  }

  async #documents(
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
        const { results, position } = await this.#read(
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

  /**
   * Reads of one moment of a partition, and its position. Of reads under way at once a later one may be
   * answered first; what comes back below it then is read again, because the store need not have gone back.
   * @throws CatchingUp
   */
  async #read<const R extends readonly Read[]>(
    partition: number,
    reads: R,
  ): Promise<Snapshot<R> & { position: ReadPosition }> {
    for (let tries = 1; ; tries++) {
      const floor = this.#floor.of(partition);
      const snapshot = await this.#store.read(slotOf(this.projection, partition), reads);
      const position = positionOf(partition, parsed(snapshot.checkpoint));
      const isOvertaken = position.next < this.#floor.of(partition) && position.next >= floor;
      if (isOvertaken && tries < READS_MAX) continue;
      this.#floor.pass(partition, position.next);
      return { ...snapshot, position };
    }
  }
}
