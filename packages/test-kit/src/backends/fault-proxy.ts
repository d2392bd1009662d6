import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { anyReply, type ReplyWatch } from './reply-watch.js';

/** One connection through the proxy. */
interface Link {
  client: Socket;
  server: Socket;
}

/** Where a server listens. */
export interface ProxyTarget {
  host: string;
  port: number;
}

/** What a proxy does besides passing bytes. */
export interface FaultProxyOptions {
  /** Made for each connection: which replies `dropReplies` may take. Default: any. */
  watch?: () => ReplyWatch;
}

/**
 * A TCP proxy on 127.0.0.1 that can lie about the network: the faults a kill cannot show. Faults
 * apply to all connections; those that are not one-time last until `heal`.
 */
export class FaultProxy {
  readonly port: number;
  readonly #listener: Server;
  readonly #watch: () => ReplyWatch;
  readonly #links = new Set<Link>();
  #target: ProxyTarget;
  #delayMs = 0;
  #stalled = false;
  #refusing = false;
  #dropsLeft = 0;
  #dropped = 0;
  #resets = 0;
  #onDrop: (() => void) | null = null;

  private constructor(listener: Server, target: ProxyTarget, options: FaultProxyOptions) {
    this.#listener = listener;
    this.#target = target;
    this.#watch = options.watch ?? anyReply;
    this.port = (listener.address() as AddressInfo).port;
    listener.on('connection', (client) => this.#join(client));
  }

  /** A proxy in front of `target`, without faults, on a port of its own. */
  static async start(target: ProxyTarget, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const listener = createServer();
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(0, '127.0.0.1', resolve);
    });
    return new FaultProxy(listener, target, options);
  }

  /** Replies that were swallowed so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Connections that were reset so far. */
  get resets(): number {
    return this.#resets;
  }

  /** Connections that pass now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Another server stands behind it from now on: whoever was connected to the last one is reset. */
  retarget(target: ProxyTarget): void {
    this.#target = target;
    this.reset();
  }

  /** Holds everything up, both ways, in order. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /**
   * One-time: lets requests through, swallows each of the next `replies` replies that count and closes
   * its connection. The server has done the work and the client cannot know. Resolves after the last.
   */
  dropReplies(replies = 1): Promise<void> {
    this.#dropsLeft = replies;
    return new Promise((resolve) => {
      this.#onDrop = resolve;
    });
  }

  /** Half-open: connections stay, nothing passes either way, nobody is told. */
  stall(): void {
    this.#stalled = true;
    for (const link of this.#links) this.#hold(link);
  }

  /** Resets every connection, and those that come until `heal`. */
  refuse(): void {
    this.#refusing = true;
    this.reset();
  }

  /** One-time: resets every connection (RST), new ones are fine. */
  reset(): void {
    for (const { client, server } of this.#links) {
      this.#resets += 1;
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Ends the lasting faults. Connections that were stalled go on. */
  heal(): void {
    this.#delayMs = 0;
    this.#refusing = false;
    this.#dropsLeft = 0;
    this.#stalled = false;
    for (const { client, server } of this.#links) {
      client.resume();
      server.resume();
    }
  }

  /** Closes the listener and every connection. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    for (const { client, server } of this.#links) {
      client.destroy();
      server.destroy();
    }
    await closed;
  }

  #join(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    const link: Link = { client, server: connect(this.#target) };
    const watch = this.#watch();
    this.#links.add(link);
    client.setNoDelay(true);
    link.server.setNoDelay(true);
    const request = this.#pipe(link.server);
    const answer = this.#pipe(client);
    client.on('data', (bytes) => {
      watch.asked(bytes);
      request(bytes);
    });
    link.server.on('data', (bytes) => {
      if (watch.answered(bytes) && this.#dropsLeft > 0) this.#drop(link);
      else answer(bytes);
    });
    const close = () => {
      this.#links.delete(link);
      client.destroy();
      link.server.destroy();
    };
    for (const socket of [client, link.server]) {
      // The other side learns of it by the close that follows.
      socket.on('error', () => undefined);
      socket.on('close', close);
    }
    if (this.#stalled) this.#hold(link);
  }

  /** One direction: bytes keep their order also when the delay changes. */
  #pipe(to: Socket): (bytes: Buffer) => void {
    let waiting = 0;
    let tail = Promise.resolve();
    return (bytes) => {
      if (this.#delayMs === 0 && waiting === 0) {
        to.write(bytes);
        return;
      }
      waiting += 1;
      const dueMs = performance.now() + this.#delayMs;
      tail = tail.then(async () => {
        await wait(Math.max(0, dueMs - performance.now()));
        waiting -= 1;
        if (to.writable) to.write(bytes);
      });
    };
  }

  #drop(link: Link): void {
    this.#dropsLeft -= 1;
    this.#dropped += 1;
    link.client.destroy();
    link.server.destroy();
    if (this.#dropsLeft > 0) return;
    this.#onDrop?.();
    this.#onDrop = null;
  }

  #hold({ client, server }: Link): void {
    client.pause();
    server.pause();
  }
}
