import { entriesOf } from '../fold/touched-stream.js';
import type { Read, ReadResults } from '../ports/view-store.js';
import * as names from '../slot/names.js';
import type { CachedStream } from '../slot/cached-stream.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { documentDifferences } from './document-differences.js';
import type { MemoryShadows } from './memory-shadows.js';
import type { Shadows } from './shadows.js';
import { streamOf } from './replace-streams.js';
import { readDocument } from './stored-document.js';
import { streamParts } from './stream-parts.js';

/** Streams compared at one moment, and lists read for them. */
const STREAMS_MAX = 20;
const PARTS_MAX = 100;

/** How far a long stream is compared: what is behind is compared at a later moment. */
interface Reached {
  subject: string;
  part: number;
  /** One difference of each field is enough. */
  fields: Set<string>;
}

/** A read that answers with a member's place in an index first, if it stands at that score. */
export const placeOf = (index: string, member: string, score: number): Read => ({
  kind: 'ranked',
  name: names.indexName(index),
  // The smallest text above the member: IDs have no character below this one.
  before: { score, member: `${member}!` },
  limit: 1,
});

/** Compares streams with their shadows, some at a time, each at the one position where both stand. */
export class StreamComparison {
  readonly compared = new Set<string>();
  readonly #shadows: MemoryShadows;
  #reached: Reached | null = null;

  constructor(shadows: MemoryShadows) {
    this.#shadows = shadows;
  }

  /** Compares the next streams, or a part of one; to be called where shadows stand with live folding. */
  async step(live: SlotCache): Promise<void> {
    const { owned } = this.#shadows.attempt;
    const page: string[] = [];
    for (const subject of this.#shadows.selected) {
      if (this.compared.has(subject)) continue;
      if (page.push(subject) === STREAMS_MAX) break;
    }
    const texts = await owned.reads(live).all('get', page.map(names.documentName));
    let budget = PARTS_MAX;
    for (const [at, subject] of page.entries()) {
      if (budget <= 0) return;
      budget -= await this.#compare(live, subject, texts[at] ?? null, budget);
    }
  }

  /** True when every stream was compared. */
  get isDone(): boolean {
    for (const subject of this.#shadows.selected) if (!this.compared.has(subject)) return false;
    return true;
  }

  async #compare(
    live: SlotCache,
    subject: string,
    text: string | null,
    budget: number,
  ): Promise<number> {
    const { shadows, attempt } = this.#shadows;
    const stream = shadows.cache.get(subject) ?? streamOf(subject);
    const stored = readDocument(text);
    if (stored !== null && this.#isOlder(live, stream, stored)) {
      this.#shadows.leaveOut(subject);
      return 1;
    }
    this.#shadows.checkStart(subject, stream.document, stored);
    const parts =
      stored === null
        ? []
        : streamParts(stream, stored, this.#shadows.chunksOf(subject), {
            // Format 1 counted them from another one as well.
            isRebased: stored.firstTime === null || shadows.mayBegin(subject, stored),
          });
    const reached = this.#reached?.subject === subject ? this.#reached : newlyReached(subject);
    const some = parts.slice(reached.part, reached.part + budget);
    const lists = await attempt.owned.reads(live).all(
      'list',
      some.map(({ name }) => name),
    );
    some.forEach((part, i) => {
      const difference = part.differs(lists[i] ?? []);
      const field = difference?.field.split('/')[1] ?? '';
      if (difference === null || reached.fields.has(field)) return;
      reached.fields.add(field);
      attempt.tally.differs({ stream: subject, ...difference });
    });
    reached.part += some.length;
    this.#reached = reached.part < parts.length ? reached : null;
    if (this.#reached !== null) return some.length;
    await this.#compareDocument(live, subject, text, stored);
    this.compared.add(subject);
    attempt.progress.settled += 1;
    return some.length + 1;
  }

  /** Whether a stream was first met where the documents below were not asked for it any more, and is older than that. */
  #isOlder({ views }: SlotCache, { document }: CachedStream, stored: StreamDocument): boolean {
    if (stored.first < this.#shadows.logStart) return true;
    const { carried } = stored;
    return carried !== null && views.hasCarried(carried) && document?.carried === null;
  }

  async #compareDocument(
    live: SlotCache,
    subject: string,
    text: string | null,
    stored: StreamDocument | null,
  ): Promise<void> {
    const { shadows, attempt } = this.#shadows;
    const stream = shadows.cache.get(subject) ?? streamOf(subject);
    const fresh = asBegun(stream.document, stored, shadows, subject);
    for (const difference of documentDifferences(text, stored, fresh)) {
      attempt.tally.differs({ stream: subject, ...difference });
    }
    const places = entriesOf(stream, live.viewsFor(stream)).flatMap((entry) =>
      entry.type === 'rank' ? [entry] : [],
    );
    const reads = places.map(({ index, score }) => placeOf(index, stream.streamId, score));
    const found = (await attempt.owned.reads(live).each(reads)) as ReadResults['ranked'][];
    places.forEach(({ index, score }, i) => {
      const [first] = found[i] ?? [];
      if (first?.member === stream.streamId && first.score === score) return;
      attempt.tally.differs({
        stream: subject,
        kind: 'missing',
        field: `/indexes/${index}`,
        stored: null,
        expected: String(score),
      });
    });
  }
}

/** What the log makes of a stream; it begins where it is stored that it does, as far as that may be. */
function asBegun(
  fresh: StreamDocument | null,
  stored: StreamDocument | null,
  shadows: Shadows,
  subject: string,
): StreamDocument | null {
  if (fresh === null || stored === null || !shadows.mayBegin(subject, stored)) return fresh;
  return { ...fresh, first: stored.first, firstTime: stored.firstTime };
}

const newlyReached = (subject: string): Reached => ({ subject, part: 0, fields: new Set() });
