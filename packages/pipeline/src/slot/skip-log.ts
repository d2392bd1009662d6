import type { Offset } from '../ports/event-log.js';

/** A claim, and the record that says something of it. */
interface SaidOf {
  subject: string;
  /** Where the claim stands, and its identity: both have to be those of the claim. */
  offset: Offset;
  identity: string;
  /** Where the record stands. */
  at: Offset;
}

/** A record that leaves a claim out, or that withdraws such a record. */
export interface Skip extends SaidOf {
  /** Whose record it is; null: nobody can withdraw it. */
  operation: string | null;
}

/** What is known of a claim by a record that counts. */
export interface KnownSkip extends SaidOf {
  /** The operation that leaves the claim out no more; null: it is left out. */
  withdrawnOf: string | null;
  /** It is left out, and its stream is still to be folded again by that. */
  isOpen: boolean;
}

/**
 * Most claims of a partition that are left out, and skips that are withdrawn, together: an operator decides about
 * each of them, and an owner holds them all. Behind that many no skip counts, so none has to be withdrawn either.
 */
export const SKIPS_MAX = 4_096;

/** What begins the field of a skip that is withdrawn; that of any other begins with an offset. */
const WITHDRAWN = 'withdrawn:';

const placeOf = ({ offset, identity }: Pick<SaidOf, 'offset' | 'identity'>): string =>
  `${offset}:${identity}`;

export const skipField = (
  skip: Pick<KnownSkip, 'offset' | 'identity'> & { withdrawnOf?: string | null },
): string =>
  skip.withdrawnOf == null ? placeOf(skip) : `${WITHDRAWN}${placeOf(skip)}:${skip.withdrawnOf}`;

export const encodeSkip = ({ subject, at, isOpen }: KnownSkip): string =>
  JSON.stringify([subject, at, isOpen ? 1 : 0]);

function decodeSkip(field: string, text: string): KnownSkip {
  const isWithdrawn = field.startsWith(WITHDRAWN);
  const [subject, at, open] = JSON.parse(text) as [string, Offset, 0 | 1];
  const place = isWithdrawn ? field.slice(WITHDRAWN.length) : field;
  // An operation's ID may have colons, what stands before it has none.
  const [offset = '', identity = '', ...operation] = place.split(':');
  const withdrawnOf = isWithdrawn ? operation.join(':') : null;
  return { subject, offset: Number(offset), identity, at, withdrawnOf, isOpen: open === 1 };
}

/**
 * The claims of a partition that are left out, as far as the log was folded. A skip stands behind its
 * claim, so live folding has passed that already: the skip is open until the stream was folded again.
 * Of the records of one operation that leave a claim out, and that withdraw this, the first one counts.
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
    return this.leftOut({ offset, identity }) !== null;
  }

  /** By what a claim is left out; null: it is not. */
  leftOut(claim: Pick<Skip, 'offset' | 'identity'>): KnownSkip | null {
    if (this.#entries.size === 0) return null;
    return this.#entries.get(skipField(claim)) ?? null;
  }

  /** By what an operation leaves a claim out no more; null: it may. */
  withdrawalOf(skip: Pick<Skip, 'offset' | 'identity' | 'operation'>): KnownSkip | null {
    const { operation } = skip;
    if (operation === null) return null;
    return this.#entries.get(skipField({ ...skip, withdrawnOf: operation })) ?? null;
  }

  /**
   * Why a record must not leave a claim out; null: it may, or does nothing. A function of the log alone.
   */
  contradictionOf(skip: Skip): string | null {
    const isFull = this.#entries.size >= SKIPS_MAX;
    if (!isFull || this.#isDecided(skip)) return null;
    return `claim.skipped: ${SKIPS_MAX} claims of the partition are skipped, or were withdrawn from that: expected no more`;
  }

  /** Notes a skip. Null: it is known already, or withdrawn, and nothing changes. */
  add(skip: Skip, isOpen: boolean): KnownSkip | null {
    return this.#isDecided(skip) ? null : this.#note(skip, null, isOpen);
  }

  /** Notes that a skip does not count from here on. Null: the claim is left out already, or none would count. */
  withdraw(skip: Skip): KnownSkip | null {
    if (this.#isDecided(skip) || this.#entries.size >= SKIPS_MAX) return null;
    return this.#note(skip, skip.operation, false);
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
  close(skip: KnownSkip): KnownSkip {
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

  /** A record before this one says already whether the operation leaves the claim out. */
  #isDecided(skip: Skip): boolean {
    return this.leftOut(skip) !== null || this.withdrawalOf(skip) !== null;
  }

  #note(
    { subject, offset, identity, at }: Skip,
    withdrawnOf: string | null,
    isOpen: boolean,
  ): KnownSkip {
    return this.#put({ subject, offset, identity, at, withdrawnOf, isOpen });
  }

  #put(skip: KnownSkip): KnownSkip {
    const field = skipField(skip);
    this.#openCount += Number(skip.isOpen) - Number(this.#entries.get(field)?.isOpen ?? false);
    this.#entries.set(field, skip);
    return skip;
  }
}
