import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { collectedHeap } from '@refold/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../logger.js';
import { httpStep } from './listen.js';
import { openRawServer, RawClient, statusesIn } from './raw-http.fixture.js';

const HOST = 'host: x\r\n';
const JSON_TYPE = 'content-type: application/json\r\n';
const POST = `POST /things HTTP/1.1\r\n${HOST}${JSON_TYPE}`;

/** Requests that are refused before a route sees them: what is sent, the status, the code. */
const REFUSED: [name: string, bytes: string, status: number, error: string][] = [
  ['no host', 'GET /things/1 HTTP/1.1\r\n\r\n', 400, 'invalid_request'],
  ['a version that is none', `GET / HTTP/3.7\r\n${HOST}\r\n`, 505, 'http_version_not_supported'],
  ['HTTP/2 out of the blue', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'http_version_not_supported'],
  ['HTTP/0.9', 'GET /\r\n\r\n', 505, 'http_version_not_supported'],
  ['a tunnel', `CONNECT example.org:443 HTTP/1.1\r\n${HOST}\r\n`, 405, 'method_not_allowed'],
  ['a method nobody knows', `BREW / HTTP/1.1\r\n${HOST}\r\n`, 400, 'invalid_request'],
  ['both lengths', `${POST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'invalid_request'], // prettier-ignore
  ['two lengths', `${POST}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, 400, 'invalid_request'], // prettier-ignore
  ['a length that is none', `${POST}content-length: -1\r\n\r\n`, 400, 'invalid_request'],
  ['a coding that is not the last', `${POST}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400, 'invalid_request'], // prettier-ignore
  ['a chunk of a size that is none', `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400, 'invalid_request'], // prettier-ignore
  ['a chunk of a size beyond numbers', `${POST}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n`, 400, 'invalid_request'], // prettier-ignore
  ['a chunk longer than it says', `${POST}transfer-encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n`, 400, 'invalid_request'], // prettier-ignore
  ['a folded header', `GET / HTTP/1.1\r\n${HOST}a: b\r\n c\r\n\r\n`, 400, 'invalid_request'],
  ['a space before the colon', `GET / HTTP/1.1\r\n${HOST}a : b\r\n\r\n`, 400, 'invalid_request'],
  ['a NUL in a header', `GET / HTTP/1.1\r\n${HOST}a: \0\r\n\r\n`, 400, 'invalid_request'],
  ['headers too long', `GET / HTTP/1.1\r\n${HOST}a: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'], // prettier-ignore
  ['another expectation', `${POST}expect: tea\r\ncontent-length: 2\r\n\r\n{}`, 417, 'expectation_failed'], // prettier-ignore
];

it.each(REFUSED)('%s is refused and the connection closed', async (name, bytes, status, error) => {
  const { port } = await openRawServer();
  const client = new RawClient(port).say(bytes);
  if (name === 'no host') client.say(`GET /things/2 HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`);
  const heard = await client.untilClosed();
  expect(statusesIn(heard)[0]).toBe(status);
  expect(heard.toLowerCase()).toContain('content-type: application/problem+json');
  expect(heard).toContain(`"error":"${error}"`);
  if (status === 405) expect(heard.toLowerCase()).toContain('allow: get');
});

/** Unusual, and right. */
const ANSWERED: [name: string, bytes: string, status: number, body: string][] = [
  ['HTTP/1.0 without a host', 'GET /things/1 HTTP/1.0\r\n\r\n', 200, '{"id":"1"}'],
  ['the absolute form', `GET http://x/things/1 HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`, 200, '{"id":"1"}'], // prettier-ignore
  ['an upgrade nobody wants', `GET /things/1 HTTP/1.1\r\n${HOST}connection: upgrade, close\r\nupgrade: websocket\r\n\r\n`, 200, '{"id":"1"}'], // prettier-ignore
  ['an upgrade to HTTP/2', `GET /things/1 HTTP/1.1\r\n${HOST}connection: upgrade, close\r\nupgrade: h2c\r\n\r\n`, 200, '{"id":"1"}'], // prettier-ignore
  ['chunks', `${POST}connection: close\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\nx: y\r\n\r\n`, 200, '{"body":{}}'], // prettier-ignore
  ['TRACE', `TRACE /things/1 HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`, 405, 'GET, HEAD, OPTIONS'], // prettier-ignore
];

it.each(ANSWERED)('%s is answered', async (_name, bytes, status, body) => {
  const { port } = await openRawServer();
  const heard = await new RawClient(port).say(bytes).untilClosed();
  expect(statusesIn(heard)).toEqual([status]);
  expect(heard).toContain(body);
});

it('a second request inside of one with two lengths is not served', async () => {
  const { port } = await openRawServer();
  const hidden = `GET /things/hidden HTTP/1.1\r\n${HOST}\r\n`;
  const client = new RawClient(port).say(
    `${POST}transfer-encoding: chunked\r\ncontent-length: ${hidden.length + 5}\r\n\r\n0\r\n\r\n${hidden}`,
  );
  expect(await client.untilClosed()).not.toContain('hidden');
});

it('requests one behind the other are answered in their order', async () => {
  const { port } = await openRawServer();
  const ids = Array.from({ length: 50 }, (_, id) => id);
  const client = new RawClient(port);
  client.say(ids.map((id) => `GET /things/${id} HTTP/1.1\r\n${HOST}\r\n`).join(''));
  client.say(`GET /nothing HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`);
  const heard = await client.untilClosed();
  expect([...heard.matchAll(/"id":"(\d+)"/g)].map(([, id]) => Number(id))).toEqual(ids);
  expect(statusesIn(heard).at(-1)).toBe(404);
});

describe('Expect: 100-continue', () => {
  const announced = (bytes: number): string =>
    `${POST}expect: 100-continue\r\nconnection: close\r\ncontent-length: ${bytes}\r\n\r\n`;

  it('asks for a body that may come', async () => {
    const { port } = await openRawServer();
    const client = new RawClient(port).say(announced(2));
    await expect.poll(() => client.heard).toContain('100 Continue');
    const heard = await client.say('{}').untilClosed();
    expect(statusesIn(heard)).toEqual([100, 200]);
  });

  it('does not ask for one that is too large', async () => {
    const { port } = await openRawServer({ bodyBytesMax: 100, batchBytesMax: 1_000 });
    const heard = await new RawClient(port).say(announced(1_001)).untilClosed();
    expect(statusesIn(heard)).toEqual([413]);
  });
});

describe('clients that take their time', () => {
  it('have a bound for their headers', async () => {
    const { port } = await openRawServer({ headerMsMax: 300 });
    const client = new RawClient(port);
    void client.trickle(`GET /things/1 HTTP/1.1\r\n${HOST}x: ${'y'.repeat(1_000)}`, 20);
    expect(statusesIn(await client.untilClosed())).toEqual([408]);
  });

  it('have a bound for their body', async () => {
    const { port } = await openRawServer({ requestMsMax: 300 });
    const client = new RawClient(port).say(`${POST}content-length: 1000\r\n\r\n`);
    void client.trickle(' '.repeat(1_000), 20);
    const heard = await client.untilClosed();
    expect(statusesIn(heard)).toEqual([408]);
    expect(heard).toContain('"error":"request_timeout"');
  });

  it('are closed when they say nothing, before the first request and after it', async () => {
    const { port } = await openRawServer({ headerMsMax: 300, keepAliveMs: 300 });
    const silent = new RawClient(port);
    const quiet = new RawClient(port).say(`GET /things/1 HTTP/1.1\r\n${HOST}\r\n`);
    expect(statusesIn(await silent.untilClosed())).toEqual([408]);
    expect(statusesIn(await quiet.untilClosed())).toEqual([200]);
  });

  it('are closed when they do not read their answer', async () => {
    const { app, port } = await openRawServer({ stillMsMax: 400 });
    const client = new RawClient(port);
    client.socket.pause();
    client.say(`GET /large HTTP/1.1\r\n${HOST}\r\n`.repeat(4));
    const open = () => new Promise((resolve) => app.server.getConnections((_e, n) => resolve(n)));
    await expect.poll(open).toBe(1);
    await expect.poll(open).toBe(0);
  });

  it('are not closed while the server makes them wait', async () => {
    const { port, release } = await openRawServer({ headerMsMax: 200, requestMsMax: 200 });
    const client = new RawClient(port);
    client.say(`GET /held HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`);
    await wait(1_500);
    release();
    expect(statusesIn(await client.untilClosed())).toEqual([200]);
  });
});

describe('a client that asks for a tunnel', () => {
  const TUNNEL = `CONNECT example.org:443 HTTP/1.1\r\n${HOST}\r\n`;

  it('may reset the connection at any time, and others are answered', async () => {
    const { port } = await openRawServer();
    for (let n = 0; n < 200; n++) {
      const client = new RawClient(port);
      client.socket.write(TUNNEL, () => client.socket.resetAndDestroy());
      await client.untilClosed();
    }
    const probe = new RawClient(port).say('GET /healthz HTTP/1.0\r\n\r\n');
    expect(statusesIn(await probe.untilClosed())).toEqual([200]);
  });

  it.each([
    ['a tunnel', TUNNEL, 405],
    ['what is no request', 'BREW / HTTP/1.1\r\n\r\n', 400],
  ])(
    '%s and holds its end open does not keep the server from stopping',
    async (_, bytes, status) => {
      const { app, port } = await openRawServer();
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined);
      const heard = new Promise((resolve) => socket.once('data', resolve));
      socket.write(bytes);
      expect(String(await heard)).toContain(` ${status} `);
      const logger = createLogger({ service: 'test', level: 'silent' });
      const stopping = httpStep(app, { host: '127.0.0.1', port }, logger).stop?.();
      const late = wait(30_000, 'still open', { ref: false });
      expect(await Promise.race([stopping, late])).toBeUndefined();
    },
  );

  it('is not answered in the place of a request before it', async () => {
    const { port, release } = await openRawServer();
    const client = new RawClient(port).say(`GET /held HTTP/1.1\r\n${HOST}\r\n${TUNNEL}`);
    expect(await client.untilClosed()).toBe('');
    release();
  });
});

describe('connections', () => {
  it('are bounded, and idle ones make room for the next', async () => {
    const { port, metrics } = await openRawServer({ connectionsMax: 20 });
    const idle = Array.from({ length: 20 }, () =>
      new RawClient(port).say(`GET /things/1 HTTP/1.1\r\n${HOST}\r\n`),
    );
    for (const client of idle) await expect.poll(() => statusesIn(client.heard)).toEqual([200]);
    const refused = new RawClient(port);
    expect(await refused.untilClosed()).toBe('');
    expect((await metrics.page()).text).toMatch(/dropped_connections_total\S* 1$/m);
    const probe = new RawClient(port).say(`GET /healthz HTTP/1.0\r\n\r\n`);
    expect(statusesIn(await probe.untilClosed())).toEqual([200]);
  });

  it('by the thousand hold little memory and leave the server as it was', async () => {
    const { app, port } = await openRawServer({ headerMsMax: 600_000, requestMsMax: 600_000 });
    const open = () => new Promise((resolve) => app.server.getConnections((_e, n) => resolve(n)));
    const before = collectedHeap();
    const many: RawClient[] = [];
    // In waves that fit in the queue of connections that the system has not handed over yet.
    while (many.length < 2_000) {
      for (let n = 0; n < 200; n++) many.push(new RawClient(port).say('GET /things/1 HT'));
      await expect.poll(open, { interval: 5 }).toBe(many.length);
    }
    expect(collectedHeap() - before).toBeLessThan(100_000_000);
    const other = await fetch(`http://127.0.0.1:${port}/things/1`);
    expect(await other.json()).toEqual({ id: '1' });
    for (const client of many) client.end();
    await expect.poll(open).toBeLessThan(2);
  });

  it('by the hundred are closed when their time is up', async () => {
    const { port } = await openRawServer({ headerMsMax: 300 });
    const many = Array.from({ length: 200 }, () => new RawClient(port).say('GET /things/1 HT'));
    for (const client of many) await client.untilClosed();
    expect(many.map(({ heard }) => statusesIn(heard)[0])).toEqual(many.map(() => 408));
  });
});

it('answers a body it will not read, and closes the connection', async () => {
  const { port } = await openRawServer();
  const body = 'x'.repeat(9_000_000);
  const client = new RawClient(port).say(`${POST}content-length: ${body.length}\r\n\r\n`).say(body);
  const heard = await client.untilClosed();
  expect(statusesIn(heard)).toEqual([413]);
  expect(heard.toLowerCase()).toContain('connection: close');
});
