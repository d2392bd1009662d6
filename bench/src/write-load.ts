import { encodePost, runHttpLoad } from './http-load.js';
import type { HttpLoadResult } from './http-load.js';
import { answerOrders } from './worker-process.js';

/** One load of single events on runs that exist; the same for every server. */
export interface WriteOrder {
  port: number;
  connections: number;
  durationMs: number;
  /** The runs `<prefix>-0` to `<prefix>-<runs-1>` take events in turn. */
  runPrefix: string;
  runs: number;
  /** The `Prefer` header; null: none. */
  prefer: string | null;
  expected: number;
}

/** A message of an agent: about 250 bytes as a record. */
const BODY = JSON.stringify({
  event_type: 'run.message',
  payload: {
    role: 'assistant',
    content: 'The step looked at the search results and decided to read the next page. ',
  },
});

const load = (order: WriteOrder): Promise<HttpLoadResult> => {
  const headers = order.prefer === null ? {} : { prefer: order.prefer };
  const requests = Array.from({ length: order.runs }, (_, n) =>
    encodePost(`/internal/v1/runs/${order.runPrefix}-${n}/events`, BODY, headers),
  );
  const { port, connections, durationMs, expected } = order;
  return runHttpLoad({ port, connections, durationMs, requests, expected });
};

answerOrders(load);
