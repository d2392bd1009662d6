import { ProblemError, type StreamKind } from '@refold/contracts';
import type { ProjectionReader, TimelineEvent } from '@refold/pipeline';
import type { FoundStream } from './stream-read.js';

/** Events read at once; a page is in memory as a whole, a history never is. */
const PAGE_EVENTS = 512;

/**
 * The events of a stream up to the sequence number it had when it was found, page by page. Events
 * are immutable, so pages read later belong to the same history. @throws ProblemError catching_up when the stream
 * was replaced meanwhile.
 */
export async function* historyOf(
  reader: ProjectionReader,
  kind: StreamKind,
  { streamId, state, document }: FoundStream,
): AsyncGenerator<TimelineEvent[], void> {
  for (let afterSeq = 0; afterSeq < state.seq;) {
    const limit = Math.min(PAGE_EVENTS, state.seq - afterSeq);
    const page = await reader.timeline(kind, streamId, afterSeq, limit);
    const isSame = page.document?.incarnation === document.incarnation;
    if (!isSame || page.events.length !== limit) {
      const detail = `The ${kind} ${streamId} was replaced while its history was read; begin again.`;
      throw new ProblemError('catching_up', { detail });
    }
    yield page.events;
    afterSeq += limit;
  }
}
