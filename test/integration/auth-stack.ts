import { tokenOf, type TokenClaims } from '@refold/test-kit';
import { afterAll, beforeAll, expect } from 'vitest';
import { tableAuthenticator } from './table-authenticator.js';
import type { TableOperation } from './auth-operations.js';
import { openStack, type HttpStack, type OpenPorts } from './http-stack.js';

/** An answer over the wire. */
export interface Wired {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  text: string;
}

/** The scopes of those whose bindings are looked at. */
export const ALL = 'ingest read';
/** Streams by what they are to `user:7` of no tenant; all IDs have the same length. */
export const STREAMS = ['mine-7', 'acme-7', 'acme-0', 'else-8', 'nobody', 'absent'] as const;
export type Stream = (typeof STREAMS)[number];

/** A request to the API. */
interface TableRequest {
  method: string;
  path: string;
  body?: unknown;
}

/** Asks over HTTP, as whom the claims say; null: without a credential. */
export type Ask = (
  claims: TokenClaims | null,
  request: TableRequest,
  headers?: Record<string, string>,
) => Promise<Wired>;

/** An operation on a stream as the request that it is. */
export const requestOf = ({ method, path, body }: TableOperation, id: string): TableRequest => ({
  method,
  path: path(id),
  ...(body === undefined ? {} : { body }),
});

/** A listening Refold that has the streams, for the tests of one `describe`. */
export function tableStack(open: OpenPorts): Ask {
  let stack: HttpStack;
  let root = '';
  const ask: Ask = async (claims, { method, path, body }, headers = {}) => {
    const reply = await fetch(`${root}/internal/v1${path}`, {
      method,
      headers: {
        ...(claims === null ? {} : { authorization: `Bearer ${tokenOf(claims)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    const isJson =
      (reply.headers.get('content-type') ?? '').includes('json') && !text.includes('}\n');
    const parsed = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
    return {
      status: reply.status,
      headers: Object.fromEntries(reply.headers),
      body: parsed,
      text,
    };
  };
  const service: TokenClaims = { scope: ALL };
  beforeAll(async () => {
    stack = await openStack(open, 1, tableAuthenticator());
    root = await stack.refold.app.listen({ host: '127.0.0.1', port: 0 });
    const owners: Partial<Record<Stream, object>> = {
      'mine-7': { owner_user_id: 7 },
      'acme-7': { owner_user_id: 7, tenant: 'acme' },
      'acme-0': { tenant: 'acme' },
      'else-8': { owner_user_id: 8 },
      nobody: {},
    };
    for (const [run_id, owner] of Object.entries(owners)) {
      const made = await ask(service, {
        method: 'POST',
        path: '/runs',
        body: { run_id, ...owner },
      });
      expect(made.status, made.text).toBe(201);
    }
    for (const [worker_id, owner] of Object.entries(owners)) {
      if (!('owner_user_id' in owner)) continue;
      const body = { worker_id, ...owner };
      const made = await ask(service, { method: 'POST', path: '/workers', body });
      expect(made.status, made.text).toBe(201);
    }
  });
  afterAll(() => stack.close());
  return ask;
}
