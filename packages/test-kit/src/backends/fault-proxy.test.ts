import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from './fault-proxy.js';

/** Answers every piece with the same bytes and remembers what it was asked. */
class Echo {
  asked = '';
  readonly server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.asked += bytes.toString();
      socket.write(bytes);
    });
  });

  async start(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }
}

describe('FaultProxy', () => {
  let echo: Echo;
  let proxy: FaultProxy;
  const sockets: Socket[] = [];

  const dial = async (port = proxy.port): Promise<Socket & { heard: string }> => {
    const socket = Object.assign(connect(port, '127.0.0.1'), { heard: '' });
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      socket.heard += bytes.toString();
    });
    await until(() => !socket.connecting);
    return socket;
  };

  const until = async (ask: () => boolean): Promise<void> => {
    while (!ask()) await new Promise((resolve) => setTimeout(resolve, 2));
  };

  /** A round trip around the proxy: what was to arrive through it has had its time. */
  const bypass = async (text: string): Promise<void> => {
    const socket = await dial((echo.server.address() as AddressInfo).port);
    socket.write(text);
    await until(() => socket.heard === text);
  };

  beforeEach(async () => {
    echo = new Echo();
    proxy = await FaultProxy.start({ host: '127.0.0.1', port: await echo.start() });
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.stop();
    echo.server.close();
  });

  it('passes bytes both ways', async () => {
    const socket = await dial();
    socket.write('hello');
    await until(() => socket.heard === 'hello');
    expect(echo.asked).toBe('hello');
  });

  it('lets the request through and swallows the reply, once', async () => {
    const socket = await dial();
    const dropped = proxy.dropReplies();
    socket.write('work');
    await dropped;
    await until(() => socket.closed);
    expect([echo.asked, socket.heard, proxy.dropped]).toEqual(['work', '', 1]);
    const next = await dial();
    next.write('again');
    await until(() => next.heard === 'again');
  });

  it('drops only replies that count', async () => {
    const picky = await FaultProxy.start(
      { host: '127.0.0.1', port: (echo.server.address() as AddressInfo).port },
      { watch: () => ({ asked: () => undefined, answered: (bytes) => bytes.includes('work') }) },
    );
    const socket = await dial(picky.port);
    void picky.dropReplies();
    socket.write('chat');
    await until(() => socket.heard === 'chat');
    socket.write('work');
    await until(() => socket.closed);
    expect([echo.asked, socket.heard, picky.dropped]).toEqual(['chatwork', 'chat', 1]);
    await picky.stop();
  });

  it('leads new connections to another server, and resets those to the last', async () => {
    const other = new Echo();
    const socket = await dial();
    socket.write('here');
    await until(() => socket.heard === 'here');
    proxy.retarget({ host: '127.0.0.1', port: await other.start() });
    await until(() => socket.closed);
    const next = await dial();
    next.write('there');
    await until(() => next.heard === 'there');
    expect([echo.asked, other.asked, proxy.resets]).toEqual(['here', 'there', 1]);
    other.server.close();
  });

  it('stalls without closing, and goes on in order', async () => {
    const socket = await dial();
    proxy.stall();
    socket.write('1');
    const other = await dial();
    other.write('2');
    await bypass('around');
    expect([echo.asked, socket.closed, other.closed]).toEqual(['around', false, false]);
    proxy.heal();
    await until(() => socket.heard === '1' && other.heard === '2');
  });

  it('keeps the order when the delay ends', async () => {
    const socket = await dial();
    proxy.delay(20);
    socket.write('slow,');
    await bypass('around');
    proxy.heal();
    socket.write('fast');
    await until(() => socket.heard.length === 9);
    expect(socket.heard).toBe('slow,fast');
  });

  it('refuses until it is healed', async () => {
    const socket = await dial();
    socket.write('x');
    await until(() => socket.heard === 'x');
    proxy.refuse();
    await until(() => socket.closed);
    const refused = await dial();
    await until(() => refused.closed);
    proxy.heal();
    const next = await dial();
    next.write('y');
    await until(() => next.heard === 'y');
  });
});
