import { createHash } from 'node:crypto';
import { contentKey, contentOf } from '../fold/fold-context.js';
import type { Item, JudgedContent } from '../fold/fold-context.js';
import type { Claim } from '@refold/domain';
import type { Writes } from '../ports/view-store.js';
import { emptyStream, findAccepted } from '../slot/cached-stream.js';
import { linesOf } from '../slot/timeline.js';
import { partsOfName } from './key-names.js';
import { SecondCursor } from './second-cursor.js';

/**
 * Most identities (about 100 bytes each, streams and documents count with them) that are held at
 * once. Streams beyond it are folded in another round, which reads the log again; one stream alone is
 * held whole, however long it is.
 */
export const WEIGHT_MAX = 1_000_000;

/** The lines of one chunk of a timeline, reduced. */
export interface ChunkDigest {
  lines: number;
  digest: string;
}

export const nextDigest = (before: ChunkDigest | undefined, line: string): ChunkDigest => ({
  lines: (before?.lines ?? 0) + 1,
  digest: createHash('sha256')
    .update(`${before?.digest ?? ''}\n${line}`)
    .digest('base64url')
    .slice(0, 16),
});

/** Shadows that are held in memory, with timelines reduced to digests; nothing is written. */
export class MemoryShadows extends SecondCursor {
  /** Streams that go to another round, because too much would be held at once. */
  readonly deferred = new Set<string>();
  /** Streams join when they are first met, as long as all are compared. */
  joins = false;
  readonly #chunks = new Map<string, ChunkDigest[]>();
  /** Offset of each event, by its seq, to read one again that an identity points at. */
  readonly #offsets = new Map<string, number[]>();

  chunksOf(subject: string): readonly ChunkDigest[] {
    return this.#chunks.get(subject) ?? [];
  }

  protected override takes(claim: Claim): boolean {
    const { subject } = claim;
    const { unrebuildable } = this.attempt.tally;
    const isNew = !this.deferred.has(subject) && !unrebuildable.has(subject);
    if (this.joins && isNew) this.selected.add(subject);
    return this.selected.has(subject);
  }

  protected async fold(all: Item[]): Promise<void> {
    const { shadows } = this;
    // A slice before this one may have left streams to another round.
    const items = all.filter(
      ({ decoded }) => decoded.kind !== 'claim' || this.selected.has(decoded.claim.subject),
    );
    for (const item of items)
      if (item.decoded.kind === 'claim') this.#give(item, item.decoded.claim);
    const context = shadows.contextOf(items, await this.#contents(items));
    for (let at = 0; at < items.length;) {
      const { folded, writes } = shadows.fold(context, at);
      this.#reduce(writes);
      at += folded.length;
    }
    for (const { decoded, verdict } of items) {
      if (decoded.kind !== 'claim' || verdict?.kind !== 'accepted') continue;
      const { subject, offset } = decoded.claim;
      const offsets = this.#offsets.get(subject);
      if (offsets === undefined) this.#offsets.set(subject, [offset]);
      else offsets.push(offset);
    }
    this.#defer();
  }

  protected dropped(subject: string): void {
    this.#chunks.delete(subject);
    this.#offsets.delete(subject);
  }

  #give(item: Item, { subject, kind, streamId }: Claim): void {
    const { cache } = this.shadows;
    const known = cache.get(subject);
    item.stream = known ?? emptyStream(kind, streamId);
    if (known === undefined) cache.put(item.stream);
  }

  /** The events that identities of these items point at, read from the log once more. */
  async #contents(items: readonly Item[]): Promise<Map<string, JudgedContent>> {
    const contents = new Map<string, JudgedContent>();
    for (const { decoded, stream } of items) {
      if (decoded.kind !== 'claim' || stream === null) continue;
      const { identity, subject } = decoded.claim;
      const seq = findAccepted(stream, identity) ?? stream.transients.get(identity)?.seq;
      const offset = seq === undefined ? undefined : this.#offsets.get(subject)?.[seq - 1];
      if (seq === undefined || offset === undefined) continue;
      const key = contentKey(subject, seq);
      if (contents.has(key)) continue;
      contents.set(key, contentOf(await this.attempt.reader.claimAt(offset), 0));
    }
    return contents;
  }

  #reduce({ push }: Writes): void {
    for (const [name, text] of push) {
      const parts = partsOfName(name);
      if (parts?.kind !== 't') continue;
      let chunks = this.#chunks.get(parts.subject);
      if (chunks === undefined) this.#chunks.set(parts.subject, (chunks = []));
      const chunk = Number(parts.rest);
      for (const line of linesOf([text])) chunks[chunk] = nextDigest(chunks[chunk], line);
    }
  }

  /** Leaves the streams that came last to another round, until what is held is within its bound. */
  #defer(): void {
    const { cache } = this.shadows;
    if (cache.weight <= WEIGHT_MAX) return;
    const young = [...cache.streams()].slice(1).reverse();
    for (const { subject } of young) {
      if (cache.weight <= WEIGHT_MAX / 2) return;
      cache.forget(subject);
      this.selected.delete(subject);
      this.deferred.add(subject);
      this.dropped(subject);
    }
  }
}
