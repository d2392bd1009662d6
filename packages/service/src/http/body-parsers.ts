import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpFault } from './http-fault.js';

const utf8 = (body: Buffer): string => {
  if (isUtf8(body)) return body.toString('utf8');
  throw new HttpFault('invalid_json', 'the body is not UTF-8; expected JSON in UTF-8');
};

/** JSON as it stands: `__proto__` is a member like any other, an empty body is undefined. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const text = utf8(body);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HttpFault('invalid_json', `the body is not JSON: ${why}`, { cause });
  }
}

type Done = (error: Error | null, body?: unknown) => void;

/** A parser in the framework's callback form: one promise less on every request. */
const parsing =
  (parse: (body: Buffer) => unknown) =>
  (_request: FastifyRequest, body: Buffer, done: Done): void => {
    try {
      done(null, parse(body));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  };

/**
 * Replaces the framework's body parsers. `application/json` and `application/*+json` give the
 * parsed value, `application/x-ndjson` the text. Every other type is refused with 415.
 */
export function addBodyParsers(app: FastifyInstance, ndjsonBytesMax: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, parsing(parseJson));
  app.addContentTypeParser(JSON_SUFFIX, { parseAs: 'buffer' }, parsing(parseJson));
  const ndjson = { parseAs: 'buffer', bodyLimit: ndjsonBytesMax } as const;
  app.addContentTypeParser('application/x-ndjson', ndjson, parsing(utf8));
}

const JSON_SUFFIX = /^application\/[a-z0-9!#$&^_.+-]+\+json(?:\s*;|$)/;
