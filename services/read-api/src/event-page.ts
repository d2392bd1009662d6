import { ProblemError, type EventListReply, type StreamKind } from '@refold/contracts';
import type { ProjectionReader, TimelineRead } from '@refold/pipeline';
import type { FastifyReply } from 'fastify';
import { freshnessOf, isLimited, positionText } from '@refold/serving';
import type { Caller } from '@refold/auth';
import { presentEvent } from './present-event.js';
import { JSON_TYPE, setReadHeaders } from './reply-headers.js';
import { foundStream, type FoundStream } from './stream-read.js';

/** Most UTF-16 units of events in one page. An event may have 255 KiB, so a count alone bounds nothing. */
const PAGE_LENGTH_MAX = 8_388_608;

/** Events read first; their size tells how many more may be read at once. */
const FIRST_EVENTS = 64;

/** Events of a stream as they go out, and where the next page begins. */
export interface EventPage {
  found: FoundStream;
  /** The JSON array of the events: they are written once, to be measured and to be sent. */
  text: string;
  /** The `after_seq` of the next page; null: the history ends here. */
  next: number | null;
}

/**
 * One page of a stream's history: at most `limit` events, fewer where they are large, at least one.
 * @throws ProblemError not_found; catching_up when the stream was replaced while it was read.
 */
export async function eventPage(
  reader: ProjectionReader,
  caller: Caller | null,
  { kind, streamId }: { kind: StreamKind; streamId: string },
  afterSeq: number,
  limit: number,
): Promise<EventPage> {
  // Before a history of somebody else is read, which would take longer than there being none.
  if (isLimited(caller)) foundStream(kind, await reader.document(kind, streamId), caller);
  const texts: string[] = [];
  let length = 0;
  let read = await reader.timeline(kind, streamId, afterSeq, Math.min(limit, FIRST_EVENTS));
  const found = foundStream(kind, read, caller);

  /** Takes events while they fit; false: one did not. */
  const takeAll = ({ events, position }: TimelineRead): boolean =>
    events.every((event) => {
      const text = JSON.stringify(presentEvent(event, position.partition));
      if (texts.length > 0 && length + text.length > PAGE_LENGTH_MAX) return false;
      length += text.length;
      texts.push(text);
      return true;
    });

  const wanted = Math.min(limit, Math.max(0, found.state.seq - afterSeq));
  while (takeAll(read) && texts.length < wanted) {
    const fit = Math.floor((PAGE_LENGTH_MAX - length) / (length / texts.length));
    if (fit === 0) break;
    const more = Math.min(wanted - texts.length, fit);
    read = await reader.timeline(kind, streamId, afterSeq + texts.length, more);
    if (read.document?.incarnation !== found.document.incarnation) {
      const detail = `The ${kind} ${streamId} was replaced while it was read; begin again.`;
      throw new ProblemError('catching_up', { detail });
    }
  }
  const last = afterSeq + texts.length;
  return { found, text: `[${texts.join()}]`, next: last < found.state.seq ? last : null };
}

/** A JSON object with one more member, whose value is text already. */
export const withMember = (body: object, name: string, text: string): string =>
  `${JSON.stringify(body).slice(0, -1)},${JSON.stringify(name)}:${text}}`;

/** Sends a page as the list that it is; `next_cursor` is the next `after_seq`. */
export function sendEventPage(reply: FastifyReply, page: EventPage): FastifyReply {
  const { position } = page.found;
  setReadHeaders(reply, positionText(position));
  const body: Omit<EventListReply, 'events'> = {
    next_cursor: page.next === null ? null : String(page.next),
    position: positionText(position),
    freshness: freshnessOf(page.found),
  };
  return reply.type(JSON_TYPE).send(withMember(body, 'events', page.text));
}
