import type { Claim, Rulebook } from '@refold/domain';
import type { Decoded } from '../fold/decode.js';
import type { LogRecord, Offset } from '../ports/event-log.js';
import { bytesOf } from '../refold/scan-partition.js';
import { readDocument } from '../refold/stored-document.js';
import { contradictionOf, historyAfter } from '../slot/rules-history.js';
import type { RulesChange, RulesHistory } from '../slot/rules-history.js';
import type { SkipLog } from '../slot/skip-log.js';
import { nearerOf } from './cut-limits.js';
import type { Hold } from './cut-limits.js';
import { begins, UnbegunStreams } from './unbegun-streams.js';

/** Streams that are remembered; of more, the documents are read again. */
const STREAMS_KNOWN_MAX = 100_000;

/** Changes of the rules that are remembered as places to cut at; of more, the last ones. */
const PLACES_MAX = 1_000;

/** What lies between the start of the log and a place in it. */
export interface CutAmounts {
  /** Records, and the UTF-8 bytes of their keys and values. */
  records: number;
  bytes: number;
  /** Archived streams that begin there: nobody can fold them again once it is given up. */
  streams: number;
}

/** How much of the log nobody needs any more. */
export interface LogCut extends CutAmounts {
  /** What the log holds, and the first offset that is to stay: a change of the rules, or the start. */
  start: Offset;
  to: Offset;
  /** Records that were read to find it out. */
  readRecords: number;
  /** Why no more. */
  heldBy: Hold;
}

/** What lies before a place that was planned, as far as it was read. */
export interface CutCheck extends CutAmounts {
  start: Offset;
  /** What keeps some of it by now; null: nothing does. */
  heldBy: Hold | null;
}

/** A place to cut at: a change of the rules. */
interface Place extends CutAmounts {
  offset: Offset;
  /** Behind the last event of every archived stream that begins before it. */
  furthest: Offset;
  /** The stream that must not be parted here; null: none so far. */
  parts: Hold | null;
}

/** What is known of a stream. */
interface Known {
  /** Its first claim; infinite where it never began. */
  first: Offset;
  /** Behind its last event, where it is archived; null: it keeps the log from its first claim on. */
  next: Offset | null;
  /** Whether it was met where it begins, or behind that. */
  isMet: boolean;
}

const UNBEGUN: Known = { first: Number.POSITIVE_INFINITY, next: null, isMet: false };

/** What a partition is read with. */
export interface CutScanWorld {
  rulebook: Rulebook;
  /** Claims that are left out. */
  skips: SkipLog;
  /** What keeps the log whatever its streams are. */
  outer: Hold;
  /** Where the log begins. */
  start: Offset;
}

/**
 * The read of one partition from its start, as far as nothing holds it. A place may part an archived stream if no claim of
 * it behind the place would begin it: whoever folds what is left refuses them all.
 */
export class CutScan {
  readonly #world: CutScanWorld;
  readonly #places: Place[] = [];
  readonly #known = new Map<string, Known>();
  readonly #unbegun = new UnbegunStreams();
  #hold: Hold;
  readonly #before: CutAmounts = { records: 0, bytes: 0, streams: 0 };
  #furthest: Offset = 0;
  /** An archived stream that ends behind what may be read: it is parted nowhere. */
  #late: Hold | null = null;
  #time = 0;
  /** Null: records are gone by which it would be known. */
  #history: RulesHistory | null;

  constructor(world: CutScanWorld) {
    this.#world = world;
    this.#hold = world.outer;
    this.#history = world.start === 0 ? [] : null;
  }

  /** The last offset that has to be read, as far as it is known by now. */
  get end(): Offset {
    return Math.max(this.#hold.offset, (this.#places.at(-1)?.furthest ?? 0) - 1);
  }

  /** What was read so far. */
  get before(): CutAmounts {
    return { ...this.#before };
  }

  /** What keeps some of what lies before a place, as far as it is known by now; null: nothing does. */
  holdBefore(place: Offset): Hold | null {
    return this.#hold.offset < place ? this.#hold : null;
  }

  /** Forgets streams where they are too many; to be called between two reads. */
  makeRoom(): void {
    if (this.#known.size > STREAMS_KNOWN_MAX) this.#known.clear();
  }

  /** Whether nothing is remembered of a stream: its document has to be read. */
  isUnknown(subject: string): boolean {
    return !this.#known.has(subject);
  }

  /** A stream with a claim at `offset`, and its document; null: there is none. */
  meet(subject: string, offset: Offset, text: string | null): void {
    this.#known.set(subject, text === null ? UNBEGUN : this.#knownOf(subject, offset, text));
  }

  #knownOf(subject: string, offset: Offset, text: string): Known {
    const document = readDocument(text);
    const first = document?.first ?? offset;
    if (document?.parked === null && document.state?.status === 'archived') {
      return { first, next: document.next, isMet: false };
    }
    this.#holdAt({ reason: 'stream', offset: first, stream: subject });
    return { first, next: null, isMet: true };
  }

  #holdAt(hold: Hold): void {
    this.#hold = nearerOf(this.#hold, hold);
    while ((this.#places.at(-1)?.offset ?? 0) > this.#hold.offset) this.#places.pop();
  }

  /** A record of the log, in order; {@link meet} was told of its stream. */
  record(record: LogRecord, decoded: Decoded): void {
    if (record.unfit === undefined) this.#time = Math.max(this.#time, record.timestamp);
    if (decoded.kind === 'rules') this.#change(decoded);
    if (decoded.kind === 'claim') this.#claim(decoded.claim);
    this.#before.records += 1;
    this.#before.bytes += bytesOf(record);
  }

  #change(rules: RulesChange): void {
    // What the log was cut at restates the history.
    this.#history ??= rules.history;
    if (contradictionOf(this.#history, rules) !== null) return;
    this.#history = historyAfter(this.#history, rules);
    const { offset } = rules;
    if (offset > this.#hold.offset) return;
    this.#places.push({
      ...{ offset, ...this.#before, furthest: this.#furthest, parts: this.#late },
    });
    if (this.#places.length > PLACES_MAX) this.#places.shift();
  }

  #claim(claim: Claim): void {
    const { subject, offset } = claim;
    const known = this.#known.get(subject);
    if (known === undefined) throw new Error(`${subject} was not met before its claim`);
    const { first, next } = known;
    if (offset < first) {
      this.#refused(claim);
      return;
    }
    if (next === null) return;
    if (offset === first) this.#before.streams += 1;
    if (!known.isMet) this.#reach(subject, first, next);
    known.isMet = true;
    if (this.#begins(claim)) this.#join(subject, first);
  }

  #begins(claim: Claim): boolean {
    const { rulebook, skips } = this.#world;
    return begins(rulebook, this.#history, skips, claim);
  }

  /** A claim from before its stream began, or of one that never did. */
  #refused(claim: Claim): void {
    const isBeginning = this.#begins(claim);
    const since = this.#unbegun.refusedSince(claim, this.#time, isBeginning);
    const { subject, offset } = claim;
    if (since !== null) this.#join(subject, since);
    // It did begin there, and its document is gone: it is mended only while the log has it.
    else if (isBeginning) this.#holdAt({ reason: 'stream', offset, stream: subject });
  }

  /** Notes how far an archived stream reaches that begins here, or began before the log does. */
  #reach(subject: string, first: Offset, next: Offset): void {
    if (next > this.#world.outer.offset) {
      this.#late ??= { reason: 'parted', offset: first, stream: subject };
      this.#join(subject, first);
      return;
    }
    this.#furthest = Math.max(this.#furthest, next);
    for (const place of this.#places) {
      if (place.offset > first) place.furthest = Math.max(place.furthest, next);
    }
  }

  /** No place between `first` and the record that is read parts the stream. */
  #join(subject: string, first: Offset): void {
    for (let at = this.#places.length - 1; at >= 0; at--) {
      const place = this.#places[at] as Place;
      if (place.offset <= first) return;
      place.parts ??= { reason: 'parted', offset: first, stream: subject };
    }
  }

  /** The last place that parts nothing it must not part, and what holds the one behind it. */
  cut(): LogCut {
    const { start } = this.#world;
    let best: Pick<Place, 'offset' | keyof CutAmounts> = {
      ...{ offset: start, records: 0, bytes: 0, streams: 0 },
    };
    let heldBy: Hold | null = null;
    for (const place of this.#places) {
      if (place.parts === null) [best, heldBy] = [place, null];
      else heldBy ??= place.parts;
    }
    const { offset: to, records, bytes, streams } = best;
    const { records: readRecords } = this.#before;
    return { start, to, records, bytes, streams, readRecords, heldBy: heldBy ?? this.#hold };
  }
}
