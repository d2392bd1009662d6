import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where requests go, asked anew for each. */
export interface Upstreams {
  write: () => string;
  read: () => string;
}

/**
 * One address for the processes that take events in and those that read, as an installation has it: a
 * `GET` goes to one, everything else to the other. An upstream that is away costs the connection.
 */
export class Gateway {
  readonly url: string;
  /** Keys of events that came more than once: the log may hold copies of these. */
  readonly repeated: ReadonlySet<string>;
  readonly #server: Server;

  private constructor(server: Server, repeated: ReadonlySet<string>) {
    this.#server = server;
    this.repeated = repeated;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start({ write, read }: Upstreams): Promise<Gateway> {
    const seen = new Set<string>();
    const repeated = new Set<string>();
    const server = createServer((call, reply) => {
      if (call.method === 'GET') {
        forward(read(), call, reply);
        return;
      }
      const chunks: Buffer[] = [];
      call.on('data', (chunk: Buffer) => chunks.push(chunk));
      call.on('end', () => {
        const keys = keysOf(call.headers, Buffer.concat(chunks).toString());
        for (const key of keys) (seen.has(key) ? repeated : seen).add(key);
      });
      forward(write(), call, reply);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Gateway(server, repeated);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

/** The keys of the events in a request: of its header, and of the lines of its body. */
function keysOf(headers: IncomingHttpHeaders, body: string): string[] {
  const key = headers['idempotency-key'];
  const ofLines = [...body.matchAll(/"idempotency_key":"([^"]+)"/g)].map(([, found = '']) => found);
  return typeof key === 'string' ? [key, ...ofLines] : ofLines;
}

function forward(upstream: string, call: IncomingMessage, reply: ServerResponse): void {
  const onward = request(`${upstream}${call.url ?? '/'}`, {
    method: call.method,
    headers: call.headers,
  });
  onward.on('response', (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(reply);
    answer.on('error', () => reply.destroy());
  });
  onward.on('error', () => reply.destroy());
  reply.on('close', () => onward.destroy());
  call.pipe(onward);
}
