import type { EventListReply, EventReply } from '@refold/contracts';
import type { Call, CallOptions, Reply } from './transport.js';
import type { Owner } from './wire.js';

/** Where every path begins. */
export const ROOT = '/internal/v1';

/** A path below the root; every part is encoded. */
export const pathTo = (...parts: string[]): string =>
  [ROOT, ...parts.map((part) => encodeURIComponent(part))].join('/');

/** A call that changes something. */
export interface WriteOptions extends CallOptions {
  /** The same key means the same claim, however often it is sent. Made when absent. */
  idempotencyKey?: string | undefined;
  /** How long to wait for the verdict, in seconds; 0 asks for none. The server's choice when absent. */
  waitSeconds?: number | undefined;
}

/** A write whose key is in its body. */
export type NamedWriteOptions = Omit<WriteOptions, 'idempotencyKey'>;

/** A call that reads. */
export interface ReadOptions extends CallOptions {
  /** A position from an earlier reply: the answer shows at least everything up to it. */
  after?: string | null | undefined;
  /** How long the server may wait to get that far, in milliseconds. */
  waitMs?: number | undefined;
}

/** A page of a list. */
export interface PageOptions extends ReadOptions {
  /** From the `next_cursor` of the page before. */
  cursor?: string | undefined;
  /** 1 to 200; the server's choice when absent. */
  limit?: number | undefined;
}

/** Which part of a timeline to read. */
export interface EventPage extends ReadOptions {
  /** Only events behind this sequence number; 0 when absent. */
  afterSeq?: number | undefined;
  /** Events per page, 1 to 200; the server's choice when absent. */
  limit?: number | undefined;
}

/** The parameters of a page of events. */
export const eventQuery = ({ afterSeq, limit }: EventPage): NonNullable<Call['query']> => ({
  after_seq: afterSeq,
  limit,
});

/** Every event from a page on, in order, fetched page by page. */
export async function* iteratePages(
  getPage: (page: EventPage) => Promise<Reply<EventListReply>>,
  page: EventPage,
): AsyncGenerator<EventReply, void> {
  for (let afterSeq = page.afterSeq, more = true; more;) {
    const { body } = await getPage({ ...page, afterSeq });
    yield* body.events;
    afterSeq = body.events.at(-1)?.seq ?? afterSeq;
    more = body.next_cursor !== null && body.events.length > 0;
  }
}

/** The `Prefer` header of a write. */
export function preferOf({ waitSeconds }: NamedWriteOptions): string | undefined {
  if (waitSeconds === undefined) return undefined;
  return waitSeconds === 0 ? 'respond-async' : `wait=${waitSeconds}`;
}

/** A JSON body. */
export const jsonBody = (value: unknown): NonNullable<Call['body']> => ({
  type: 'application/json',
  text: JSON.stringify(value),
});

/** A POST with a JSON body and a key, which makes it safe to repeat. */
export function write(path: string, body: unknown, options: WriteOptions): Call {
  const key = options.idempotencyKey ?? crypto.randomUUID();
  return {
    method: 'POST',
    path,
    body: jsonBody(body),
    headers: { 'idempotency-key': key, prefer: preferOf(options) },
    keys: [key],
    signal: options.signal,
  };
}

/** A POST whose body names the claim by itself, which makes it safe to repeat. */
export const writeNamed = (
  path: string,
  name: string,
  body: unknown,
  options: NamedWriteOptions,
): Call => ({
  method: 'POST',
  path,
  body: jsonBody(body),
  headers: { prefer: preferOf(options) },
  keys: [name],
  signal: options.signal,
});

/** A GET. `query` comes on top of what the options say. */
export const read = (
  path: string,
  { after, waitMs, signal }: ReadOptions,
  query: Call['query'] = {},
): Call => ({
  method: 'GET',
  path,
  query: {
    after: after ?? undefined,
    wait: waitMs === undefined ? undefined : `${waitMs}ms`,
    ...query,
  },
  signal,
});

/** An owner as parameters of a read. */
export const ownerQuery = ({ tenant, owner_user_id, owner_guest_scope }: Owner) => ({
  tenant,
  owner_user_id,
  owner_guest_scope,
});
