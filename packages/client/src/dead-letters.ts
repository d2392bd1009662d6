import type { DeadLetterListReply, DeadLetterWithValueReply } from '@refold/contracts';
import { pathTo } from './calls.js';
import type { CallOptions, Reply, Transport } from './transport.js';

/** The projections that have dead letters. */
export const LETTER_PROJECTIONS = ['runs', 'workers', 'operations'] as const;
export type LetterProjection = (typeof LETTER_PROJECTIONS)[number];

/** A record that could not be folded: where it stands, and why. */
export type DeadLetter = DeadLetterListReply['dead_letters'][number];

/** Which dead letters a list shows. */
export interface LetterFilter extends CallOptions {
  /** Of this partition alone; of all of them when absent. */
  partition?: number | undefined;
  /** From the `next_cursor` of the page before, of the same list. */
  cursor?: string | undefined;
  /** Letters per page, 1 to 200; the server's choice when absent. */
  limit?: number | undefined;
}

/** Records that could not be folded. */
export interface DeadLetterCalls {
  /** By partition, the newest of each first; the last 65,536 of a partition, without their values. */
  listDeadLetters(
    projection: LetterProjection,
    filter?: LetterFilter,
  ): Promise<Reply<DeadLetterListReply>>;
  /** One of them, with its value. */
  getDeadLetter(
    projection: LetterProjection,
    partition: number,
    offset: number,
    options?: CallOptions,
  ): Promise<Reply<DeadLetterWithValueReply>>;
  /** The same, fetched page by page. */
  iterateDeadLetters(
    projection: LetterProjection,
    filter?: LetterFilter,
  ): AsyncGenerator<DeadLetter, void>;
}

/** The dead-letter part of the client. */
export function deadLetterCalls(transport: Transport): DeadLetterCalls {
  const listDeadLetters: DeadLetterCalls['listDeadLetters'] = (projection, filter = {}) => {
    const { partition, cursor, limit, signal } = filter;
    const query = { projection, partition, cursor, limit };
    return transport.json({ method: 'GET', path: pathTo('dead-letters'), query, signal });
  };

  return {
    listDeadLetters,
    getDeadLetter: (projection, partition, offset, { signal } = {}) => {
      const path = pathTo('dead-letters', projection, String(partition), String(offset));
      return transport.json({ method: 'GET', path, signal });
    },
    async *iterateDeadLetters(projection, filter = {}) {
      for (let cursor: string | null | undefined = filter.cursor; cursor !== null;) {
        const { body } = await listDeadLetters(projection, { ...filter, cursor });
        yield* body.dead_letters;
        cursor = body.next_cursor;
      }
    },
  };
}
