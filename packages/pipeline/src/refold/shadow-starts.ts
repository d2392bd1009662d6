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
 */
export async function findStarts(attempt: Attempt, subjects: Set<string>): Promise<ShadowStarts> {
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
  if (found.isStart && subjects.size > 0) return { offset: start, time: 0, firsts: new Map() };
  const { offset, time } = found;
  return { offset: firsts.size === 0 ? attempt.task.select.to : offset, time, firsts };
}
