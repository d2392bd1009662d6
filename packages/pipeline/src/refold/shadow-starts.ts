import type { Offset } from '../ports/event-log.js';
import { documentName } from '../slot/names.js';
import type { Attempt } from './attempt.js';
import { readDocument } from './stored-document.js';

/** Documents read at once. */
const READS_MAX = 500;

/** Where the second cursor begins, and what it may rely on there. */
export interface ShadowStarts {
  offset: Offset;
  /** The partition's time there, milliseconds. */
  time: number;
  /** Where the documents say that their streams begin, so far as the log was asked for no more. */
  firsts: Map<string, Offset>;
}

/**
 * From where the streams must be folded again: the smallest `first` of their documents, or the start of
 * the log for a stream whose document does not say it. Takes out of `subjects` what the log no longer
 * has the beginning of.
 *
 * @param joins Streams that are first met at the task's `to` or later are folded too, so it is `to` at
 * the latest. Where all documents begin behind that (claims below it were refused, and that lapsed),
 * nothing says the time at `to`, and it is the start of the log as well.
 */
export async function findStarts(
  attempt: Attempt,
  subjects: Set<string>,
  joins: boolean,
): Promise<ShadowStarts> {
  const { to } = attempt.task.select;
  const { start } = await attempt.reader.range();
  const firsts = new Map<string, Offset>();
  const found = { offset: Number.POSITIVE_INFINITY, time: 0, isStart: attempt.fromStart };
  const wanted = [...subjects];
  for (let at = 0; at < wanted.length; at += READS_MAX) {
    const page = wanted.slice(at, at + READS_MAX);
    const began = attempt.ports.timing.now();
    const texts = await attempt.queued((live) =>
      attempt.owned.reads(live).all('get', page.map(documentName)),
    );
    page.forEach((subject, i) => {
      const document = readDocument(texts[i] ?? null);
      if (document !== null && document.first < start) {
        subjects.delete(subject);
        attempt.tally.excludes(subject);
        return;
      }
      if (document === null || document.firstTime === null) {
        found.isStart = true;
        return;
      }
      const { first, firstTime } = document;
      firsts.set(subject, first);
      if (first < found.offset) Object.assign(found, { offset: first, time: firstTime });
    });
    await attempt.pause(began);
  }
  const { offset, time } = found;
  const isStart = (found.isStart && subjects.size > 0) || (joins && offset > to);
  if (isStart) return { offset: start, time: 0, firsts: new Map() };
  return { offset: firsts.size === 0 ? Math.max(start, to) : offset, time, firsts };
}
