import type { IncomingMessage } from 'node:http';
import { HttpFault } from './http-fault.js';

/** Refuses what the parser lets through and no route should see. @throws HttpFault */
export function checkRequest(request: IncomingMessage, urlLengthMax: number): void {
  const { url = '', headers, httpVersion } = request;
  if (!httpVersion.startsWith('1.')) {
    throw new HttpFault('http_version_not_supported', 'expected HTTP/1.1 or HTTP/1.0');
  }
  if (url.length > urlLengthMax) {
    const message = `path and query have ${url.length} characters, at most ${urlLengthMax} fit`;
    throw new HttpFault('uri_too_long', message, { extras: { max_length: urlLengthMax } });
  }
  if (headers.host === undefined && httpVersion === '1.1') {
    throw new HttpFault('invalid_request', 'expected a Host header, as HTTP/1.1 asks for');
  }
}

/** Bytes of an unread body that are read and dropped to keep the connection. */
const DROPPED_BYTES_MAX = 65_536;

/** The body's length as declared: 0 for none, null where only its end will tell. */
export function declaredBytes({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined) return null;
  const length = headers['content-length'];
  return length === undefined ? 0 : Number(length);
}

/** Whether so much of the body is still to come that the connection is not worth keeping. */
export function leavesBody(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const bytes = declaredBytes(request);
  return bytes === null || bytes > DROPPED_BYTES_MAX;
}
