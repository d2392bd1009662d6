import {
  createServer,
  request,
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
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start({ write, read }: Upstreams): Promise<Gateway> {
    const server = createServer((call, reply) => {
      forward(call.method === 'GET' ? read() : write(), call, reply);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Gateway(server);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
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
