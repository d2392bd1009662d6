import type { ExplanationReply } from '@refold/contracts';
import { pathTo } from './calls.js';
import type { CallOptions, Reply, Transport } from './transport.js';

/** A record of a stream: where it stands, and what the rules say of it. */
export type ExplainedRecord = ExplanationReply['records'][number];

/** Which records of a stream are explained. */
export interface ExplainOptions extends CallOptions {
  /** From the `next_cursor` of the page before, of the same stream. */
  cursor?: string | undefined;
  /** Records per page, 1 to 200; the server's choice when absent. */
  limit?: number | undefined;
}

/** What the log says of a stream. */
export interface ExplanationCalls {
  /**
   * Its records in log order, page by page, refused ones, repetitions and dead letters included.
   * @param subject `run/ID`, `worker/ID` or `operation/ID`.
   */
  explainStream(subject: string, options?: ExplainOptions): Promise<Reply<ExplanationReply>>;
}

/** The part of the client for explanations. */
export const explanationCalls = (transport: Transport): ExplanationCalls => ({
  explainStream: (subject, { cursor, limit, signal } = {}) => {
    const query = { subject, cursor, limit };
    return transport.json({ method: 'GET', path: pathTo('explanations'), query, signal });
  },
});
