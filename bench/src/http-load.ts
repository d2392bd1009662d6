import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** One closed-loop load: `connections` keep-alive sockets, each with one request outstanding. */
export interface HttpLoad {
  port: number;
  connections: number;
  durationMs: number;
  /** The next request: path, body and extra headers. Called once per request. */
  request(n: number): { path: string; body: string; headers?: Record<string, string> };
  /** Statuses that count as success. */
  expected: readonly number[];
}

export interface HttpLoadResult {
  requests: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  unexpected: number;
}

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const HEADER_END = Buffer.from('\r\n\r\n');

/** Reads exactly one response; returns its status. Needs `content-length`, which all servers here send. */
class ResponseReader {
  #buffer: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): number | null {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const end = this.#buffer.indexOf(HEADER_END);
    if (end < 0) return null;
    const head = this.#buffer.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#buffer.length < end + 4 + length) return null;
    this.#buffer = this.#buffer.subarray(end + 4 + length);
    return Number(head.slice(9, 12));
  }
}

const encode = (load: HttpLoad, n: number): string => {
  const { path, body, headers = {} } = load.request(n);
  const extra = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return (
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`
  );
};

/** Runs the load and reports rate and latencies as the client sees them. */
export async function runHttpLoad(load: HttpLoad): Promise<HttpLoadResult> {
  const latencies: number[] = [];
  let sent = 0;
  let unexpected = 0;
  const begun = performance.now();
  const until = begun + load.durationMs;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const reader = new ResponseReader();
      const socket: Socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
      let at = 0;
      const next = (): void => {
        at = performance.now();
        if (at >= until) {
          socket.end();
          resolve();
          return;
        }
        socket.write(encode(load, sent++));
      };
      socket.on('connect', next);
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        const status = reader.push(chunk);
        if (status === null) return;
        latencies.push(performance.now() - at);
        if (!load.expected.includes(status)) unexpected += 1;
        next();
      });
    });
  await Promise.all(Array.from({ length: load.connections }, one));
  const elapsed = (performance.now() - begun) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  return {
    requests: sorted.length,
    perSecond: sorted.length / elapsed,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
    unexpected,
  };
}
