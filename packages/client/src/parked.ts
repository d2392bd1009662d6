import type { ParkedListReply, ParkedReply, ParkedStreamReply } from '@refold/contracts';
import { pathTo, read, type ReadOptions } from './calls.js';
import type { LetterFilter, LetterProjection } from './dead-letters.js';
import type { Reply, Transport } from './transport.js';

/** Which parked streams a list shows. */
export interface ParkedFilter extends LetterFilter {
  /** Only those whose error begins so: its class, such as `TypeError`, or more of it. */
  error?: string | undefined;
}

/** A stream that stands still because the rules threw on an event of it. */
export type ParkedStream = ParkedStreamReply;

/** Streams that stand still; they are folded on by the operations `redrive` and `skip`. */
export interface ParkedCalls {
  /** By partition, those that parked last first. */
  listParked(projection: LetterProjection, filter?: ParkedFilter): Promise<Reply<ParkedListReply>>;
  /** The same, fetched page by page. */
  iterateParked(
    projection: LetterProjection,
    filter?: ParkedFilter,
  ): AsyncGenerator<ParkedStream, void>;
  /** The event, the error, and the stream before it. */
  getParked(
    projection: LetterProjection,
    streamId: string,
    options?: ReadOptions,
  ): Promise<Reply<ParkedReply>>;
}

/** The part of the client for streams that stand still. */
export function parkedCalls(transport: Transport): ParkedCalls {
  const listParked: ParkedCalls['listParked'] = (projection, filter = {}) => {
    const { signal, ...members } = filter;
    const query = { projection, ...members };
    return transport.json({ method: 'GET', path: pathTo('parked'), query, signal });
  };

  return {
    listParked,
    async *iterateParked(projection, filter = {}) {
      for (let cursor: string | null | undefined = filter.cursor; cursor !== null;) {
        const { body } = await listParked(projection, { ...filter, cursor });
        yield* body.parked;
        cursor = body.next_cursor;
      }
    },
    getParked: (projection, streamId, options = {}) =>
      transport.json(read(pathTo('parked', projection, streamId), options)),
  };
}
