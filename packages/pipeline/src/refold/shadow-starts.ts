import type { Offset } from '../ports/event-log.js';
import { documentName } from '../slot/names.js';
import type { Attempt } from './attempt.js';
import { joinsLater } from './select-streams.js';
import { readDocument } from './stored-document.js';

/** Documents read at once. */
const READS_MAX = 500;

/** Where the second cursor begins, and what it may rely on there. */
export interface ShadowStarts {
  offset: Offset;
  /** The partition's time there, milliseconds. */
  time: number;
  /** The first offset that the log holds. */
  logStart: Offset;
  /** Where the documents say that their streams begin, so far as the log was asked for no more. */
  firsts: Map<string, Offset>;
  /** Where they say so, whatever the log is asked for. */
  stored: ReadonlyMap<string, Offset>;
  /** Streams that stand parked: shadows of them that park do not do so newly. */
  parked: ReadonlySet<string>;
  /** Streams that were carried over though the log has their beginning, and the views that their documents name. */
  carried: ReadonlyMap<string, string>;
}

/**
 * From where streams must be folded again: the smallest `first` of their documents, or the start of the
 * log for a stream whose document does not say it.
 */
export class StreamStarts {
  readonly #logStart: Offset;
  readonly #firsts = new Map<string, Offset>();
  #first: { offset: Offset; time: number } = { offset: Number.POSITIVE_INFINITY, time: 0 };
  #isStart: boolean;
  readonly #parked = new Set<string>();
  readonly #carried = new Map<string, string>();
  #streams = 0;

  /** @param fromStart Documents are not asked: every stream is folded from the log's start. */
  constructor(logStart: Offset, fromStart = false) {
    this.#logStart = logStart;
    this.#isStart = fromStart;
  }

  /** The document of a stream as it is stored. False: the log no longer has the beginning of the stream. */
  note(subject: string, text: string | null): boolean {
    const document = readDocument(text);
    if (document !== null && document.first < this.#logStart) return false;
    this.#streams += 1;
    if (document?.parked != null) this.#parked.add(subject);
    if (document?.carried != null) this.#carried.set(subject, document.carried);
    if (document === null || document.firstTime === null) {
      this.#isStart = true;
      return true;
    }
    const { first: offset, firstTime: time } = document;
    this.#firsts.set(subject, offset);
    if (offset < this.#first.offset) this.#first = { offset, time };
    return true;
  }

  /**
   * @param joins Streams that are first met at `to` or later are folded too, so it is `to` at the latest.
   * Where all documents begin behind that (claims below it were refused, and that lapsed), nothing says
   * the time at `to`, and it is the start of the log as well.
   */
  starts(to: Offset, joins: boolean): ShadowStarts {
    const { offset, time } = this.#first;
    const logStart = this.#logStart;
    const isStart = (this.#isStart && this.#streams > 0) || (joins && offset > to);
    const stored = this.#firsts;
    const known = { logStart, stored, parked: this.#parked, carried: this.#carried };
    if (isStart) return { ...known, offset: logStart, time: 0, firsts: new Map() };
    const begin = stored.size === 0 ? Math.max(logStart, to) : offset;
    return { ...known, offset: begin, time, firsts: stored };
  }
}

/** Where folding the streams of a task begins. Takes out of `subjects` what the log no longer has the beginning of. */
export async function findStarts(
  attempt: Attempt,
  subjects: Set<string>,
  isFirstRound = true,
): Promise<ShadowStarts> {
  const { task, tally, ports } = attempt;
  const { start } = await attempt.reader.range();
  const found = new StreamStarts(start, attempt.fromStart);
  const wanted = [...subjects];
  for (let at = 0; at < wanted.length; at += READS_MAX) {
    const page = wanted.slice(at, at + READS_MAX);
    const began = ports.timing.now();
    const texts = await attempt.queued((live) =>
      attempt.owned.reads(live).all('get', page.map(documentName)),
    );
    page.forEach((subject, i) => {
      if (found.note(subject, texts[i] ?? null)) return;
      subjects.delete(subject);
      tally.excludes(subject);
    });
    await attempt.pause(began);
  }
  return found.starts(task.select.to, isFirstRound && joinsLater(task));
}
