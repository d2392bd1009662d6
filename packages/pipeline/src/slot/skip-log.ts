import type { Offset } from '../ports/event-log.js';

/** A record that leaves a claim out. */
export interface Skip {
  subject: string;
  /** Where the claim stands, and its identity: both have to be those of the claim. */
  offset: Offset;
  identity: string;
  /** Where the record stands that says so. */
  at: Offset;
}

/** A skip, and whether its stream is still to be folded again by it. */
export interface KnownSkip extends Skip {
  isOpen: boolean;
}

/**
 * Most claims of a partition that are left out: an operator decides about each of them, and an owner
 * holds them all.
 */
export const SKIPS_MAX = 4_096;

export const skipField = ({ offset, identity }: Pick<Skip, 'offset' | 'identity'>): string =>
  `${offset}:${identity}`;

export const encodeSkip = ({ subject, at, isOpen }: KnownSkip): string =>
  JSON.stringify([subject, at, isOpen ? 1 : 0]);

function decodeSkip(field: string, text: string): KnownSkip {
  const colon = field.indexOf(':');
  const [subject, at, open] = JSON.parse(text) as [string, Offset, 0 | 1];
  const offset = Number(field.slice(0, colon));
  return { subject, offset, identity: field.slice(colon + 1), at, isOpen: open === 1 };
}

/**
 * The claims of a partition that are left out, as far as the log was folded. A skip stands behind its
 * claim, so live folding has passed that already: the skip is open until the stream was folded again.
 */
export class SkipLog {
  readonly #entries = new Map<string, KnownSkip>();
  #openCount = 0;

  static load(fields: ReadonlyMap<string, string>): SkipLog {
    const log = new SkipLog();
    for (const [field, text] of fields) log.#put(decodeSkip(field, text));
    return log;
  }

  /** Whether the claim with this identity at this offset is left out. */
  has(offset: Offset, identity: string): boolean {
    return this.#entries.size > 0 && this.#entries.has(skipField({ offset, identity }));
  }

  /** Why a record must not leave a claim out; null: it may. A function of the log alone. */
  contradictionOf(skip: Skip): string | null {
    if (this.has(skip.offset, skip.identity) || this.#entries.size < SKIPS_MAX) return null;
    return `claim.skipped: ${SKIPS_MAX} claims of the partition are skipped: expected no more`;
  }

  /** Notes a skip. Null: it is known already, and nothing changes. */
  add(skip: Skip, isOpen: boolean): KnownSkip | null {
    if (this.has(skip.offset, skip.identity)) return null;
    return this.#put({ ...skip, isOpen });
  }

  /** Skips whose streams are still to be folded again, in the order of the log. */
  open(): KnownSkip[] {
    if (this.#openCount === 0) return [];
    return [...this.#entries.values()].filter(({ isOpen }) => isOpen).sort((a, b) => a.at - b.at);
  }

  all(): KnownSkip[] {
    return [...this.#entries.values()];
  }

  /** Those of one stream. */
  of(subject: string): KnownSkip[] {
    if (this.#entries.size === 0) return [];
    return this.all().filter((skip) => skip.subject === subject);
  }

  /** The stream was folded again by this skip. */
  close(skip: Skip): KnownSkip {
    return this.#put({ ...skip, isOpen: false });
  }

  /** What is known now, or of it what streams were folded by. */
  copy(which: 'all' | 'closed'): SkipLog {
    const copy = new SkipLog();
    for (const skip of this.#entries.values()) {
      if (which === 'all' || !skip.isOpen) copy.#put(skip);
    }
    return copy;
  }

  #put(skip: KnownSkip): KnownSkip {
    const field = skipField(skip);
    this.#openCount += Number(skip.isOpen) - Number(this.#entries.get(field)?.isOpen ?? false);
    this.#entries.set(field, skip);
    return skip;
  }
}
