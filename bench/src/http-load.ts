import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { percentile } from './statistics.js';

/** One closed-loop load: `connections` keep-alive sockets, each with one request outstanding. */
export interface HttpLoad {
  port: number;
  connections: number;
  durationMs: number;
  /** Requests with head and body, sent round and round; they are never changed. */
  requests: readonly Buffer[];
  /** The status every answer must have. */
  expected: number;
}

/** What the client saw; times are milliseconds. */
export interface HttpLoadResult {
  requests: number;
  perSecond: number;
  meanMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** A server that says nothing for this long has failed, milliseconds. */
const SILENCE_MS_MAX = 30_000;

const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads one response at a time. Needs `content-length`, which all servers here send. */
class ResponseReader {
  #buffer: Buffer = Buffer.alloc(0);

  /** The status and the whole text once the response is complete, else null. */
  push(chunk: Buffer): { status: number; text: () => string } | null {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const end = this.#buffer.indexOf(HEAD_END);
    if (end < 0) return null;
    const head = this.#buffer.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const whole = this.#buffer.subarray(0, end + 4 + length);
    if (whole.length < end + 4 + length) return null;
    this.#buffer = this.#buffer.subarray(whole.length);
    return { status: Number(head.slice(9, 12)), text: () => whole.toString('utf8') };
  }
}

/** A POST as it goes over the wire. */
export function encodePost(
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const all = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/**
 * Runs the load and reports rate and latencies as the client sees them. Rejects at the first answer
 * with another status, and when a server closes a connection or falls silent.
 */
export async function runHttpLoad(load: HttpLoad): Promise<HttpLoadResult> {
  const latencies: number[] = [];
  let sent = 0;
  const begun = performance.now();
  const until = begun + load.durationMs;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const reader = new ResponseReader();
      const socket: Socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
      let at = 0;
      const fail = (why: string): void => {
        socket.destroy();
        reject(new Error(why));
      };
      const next = (): void => {
        at = performance.now();
        if (at >= until) {
          socket.end();
          resolve();
          return;
        }
        const request = load.requests[sent++ % load.requests.length];
        if (request === undefined) fail('there is no request to send');
        else socket.write(request);
      };
      socket.setTimeout(SILENCE_MS_MAX, () => fail(`no answer within ${SILENCE_MS_MAX} ms`));
      socket.on('connect', next);
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
      socket.on('data', (chunk: Buffer) => {
        const answer = reader.push(chunk);
        if (answer === null) return;
        latencies.push(performance.now() - at);
        if (answer.status === load.expected) next();
        else fail(`expected ${load.expected}, got:\n${answer.text()}`);
      });
    });
  await Promise.all(Array.from({ length: load.connections }, one));
  return summary(latencies, (performance.now() - begun) / 1000);
}

function summary(latencies: readonly number[], seconds: number): HttpLoadResult {
  const sorted = Float64Array.from(latencies).sort();
  return {
    requests: sorted.length,
    perSecond: sorted.length / seconds,
    meanMs: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
  };
}
