import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHealth } from '../health.js';
import { createLogger } from '../logger.js';
import { createMetrics } from '../metrics.js';
import { HttpFault, type ToProblem } from './http-fault.js';
import { createHttpServer, type HttpServer } from './http-server.js';
import { boundAddress, httpStep } from './listen.js';
import { addProbeRoutes } from './probe-routes.js';

const toProblem: ToProblem = (error, requestId) => {
  if (!(error instanceof HttpFault)) return { status: 500, body: { error: 'internal', requestId } };
  return {
    status: error.status,
    body: { error: error.kind, detail: error.message },
    headers: error.headers,
  };
};

const lines: string[] = [];
const logger = createLogger({
  service: 'test',
  level: 'info',
  destination: { write: (line) => void lines.push(line) },
});

let app: HttpServer;
const metrics = createMetrics('test');

beforeEach(() => {
  lines.length = 0;
  app = createHttpServer({
    logger,
    metrics,
    toProblem,
    limits: { bodyBytesMax: 200, batchBytesMax: 400 },
  });
  app.post('/things', async (request) => ({
    body: request.body === undefined ? 'none' : request.body,
  }));
  app.get('/things/:thing_id', async (request) => request.params);
  app.get('/broken', async () => Promise.reject(new Error('a bug')));
  addProbeRoutes(app, createHealth({ service: 'test', buildSha: 'x' }), metrics);
});

afterEach(() => app.close());

const post = (payload: string | Buffer, type = 'application/json') =>
  app.inject({ method: 'POST', url: '/things', headers: { 'content-type': type }, payload });

describe('request bodies', () => {
  it('keeps __proto__ and every other member as it was sent', async () => {
    const text = '{"body":{"__proto__":{"a":1},"constructor":1,"id":false}}';
    const reply = await app.inject({
      method: 'POST',
      url: '/things',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      payload: text.slice('{"body":'.length, -1),
    });
    expect(reply.body).toBe(text);
  });

  it('gives a route undefined for an empty body', async () => {
    expect((await post('')).json()).toEqual({ body: 'none' });
    expect((await app.inject({ method: 'POST', url: '/things' })).json()).toEqual({ body: 'none' });
  });

  it('gives NDJSON as text, up to its own bound', async () => {
    const text = '{"a":1}\n'.repeat(40);
    expect((await post(text, 'application/x-ndjson')).json()).toEqual({ body: text });
    expect((await post('x'.repeat(401), 'application/x-ndjson')).statusCode).toBe(413);
  });

  it.each([
    ['broken JSON', '{"a":', 'application/json', 400, 'invalid_json'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x22, 0xff, 0x22]),
      'application/json',
      400,
      'invalid_json',
    ],
    ['a body too large', `"${'x'.repeat(200)}"`, 'application/json', 413, 'payload_too_large'],
    ['a form', 'a=1', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
  ])('refuses %s as a problem and logs nothing', async (_name, payload, type, status, error) => {
    const reply = await post(payload, type);
    expect(reply.statusCode).toBe(status);
    expect(reply.headers['content-type']).toContain('application/problem+json');
    expect(reply.json()).toMatchObject({ error });
    expect(lines).toEqual([]);
  });
});

describe('paths and methods', () => {
  it('answers an unknown path with 404 and a wrong method with 405 and Allow', async () => {
    const unknown = await app.inject('/nothing?x=1');
    expect([unknown.statusCode, unknown.json()]).toEqual([
      404,
      { error: 'not_found', detail: 'nothing is at /nothing' },
    ]);
    const wrong = await app.inject({ method: 'DELETE', url: '/things/7' });
    expect(wrong.statusCode).toBe(405);
    expect(wrong.headers.allow).toBe('GET, HEAD, OPTIONS');
    expect(wrong.json()).toMatchObject({ error: 'method_not_allowed' });
  });

  it.each([
    ['QUERY', {}],
    ['QUERY', { 'content-type': 'application/sql' }],
    ['PUT', { 'content-type': 'text/plain' }],
    ['PATCH', { 'content-type': 'application/json' }],
  ])('answers %s with 405, whatever its body is', async (method, headers) => {
    const payload = method === 'QUERY' ? '' : 'not json';
    const wrong = { method: method as 'PUT', url: '/things/7', headers, payload };
    expect((await app.inject(wrong)).statusCode).toBe(405);
    expect((await app.inject({ ...wrong, url: '/nothing' })).statusCode).toBe(404);
  });

  it('answers OPTIONS of a known path and HEAD of every GET', async () => {
    const options = await app.inject({ method: 'OPTIONS', url: '/things' });
    expect([options.statusCode, options.headers.allow]).toEqual([204, 'POST, OPTIONS']);
    const head = await app.inject({ method: 'HEAD', url: '/things/7' });
    expect([head.statusCode, head.body]).toEqual([200, '']);
  });

  it('lets an overlong parameter reach its route and refuses a path that is no URL', async () => {
    const id = 'a'.repeat(500);
    expect((await app.inject(`/things/${id}`)).json()).toEqual({ thing_id: id });
    const bad = await app.inject('/things/%zz');
    expect(bad.statusCode).toBe(400);
    expect(bad.headers['content-type']).toContain('application/problem+json');
  });
});

describe('replies', () => {
  it('echoes a sane x-request-id and makes one otherwise', async () => {
    const echoed = await app.inject({ url: '/things/1', headers: { 'x-request-id': 'r-1' } });
    expect(echoed.headers['x-request-id']).toBe('r-1');
    const made = await app.inject({ url: '/nothing', headers: { 'x-request-id': 'a b' } });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('logs an unexpected error once and tells the client nothing of it', async () => {
    const reply = await app.inject({ url: '/broken', headers: { 'x-request-id': 'r-2' } });
    expect(reply.json()).toEqual({ error: 'internal', requestId: 'r-2' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('a bug');
  });

  it('counts requests by route pattern, never by path', async () => {
    await app.inject('/things/secret-id');
    const page = (await app.inject('/metrics')).body;
    expect(page).toMatch(/refold_http_request_seconds_count\{.*route="\/things\/:thing_id"/);
    expect(page).not.toContain('secret-id');
  });
});

describe('a listening server', () => {
  const port = async (): Promise<number> => {
    await httpStep(app, { host: '127.0.0.1', port: 0 }, logger).start();
    return Number(boundAddress(app).split(':')[1]);
  };

  const say = (at: number, bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let heard = '';
      const socket = connect(at, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => (heard += chunk.toString()));
      socket.on('close', () => resolve(heard));
      socket.on('error', reject);
    });

  it('answers bytes that are no HTTP, and too many header bytes, with a problem', async () => {
    const at = await port();
    expect(await say(at, 'what is this\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*problem\+json/s);
    const chunked = 'POST /things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n';
    const broken = `${chunked}content-type: application/json\r\n\r\nzz\r\n`;
    expect(await say(at, broken)).toMatch(/^HTTP\/1\.1 400 .*problem\+json/s);
    const big = `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await say(at, big)).toMatch(/^HTTP\/1\.1 431 .*headers_too_large/s);
  });

  it('does not answer garbage before the request it follows', async () => {
    app.get('/slow', async () => new Promise((resolve) => setTimeout(resolve, 50, { done: true })));
    const reply = await say(await port(), 'GET /slow HTTP/1.1\r\nhost: x\r\n\r\ngarbage\r\n\r\n');
    expect(reply).not.toContain(' 400 ');
  });

  it('says what to do when the port is taken', async () => {
    const taken = { host: '127.0.0.1', port: await port() };
    const other = createHttpServer({ logger, metrics, toProblem });
    await expect(httpStep(other, taken, logger).start()).rejects.toThrow(
      `cannot listen on 127.0.0.1:${taken.port}: another process listens there`,
    );
    await other.close();
  });

  it('does not take a client that leaves in the middle of its request for a fault of ours', async () => {
    const at = await port();
    const socket = connect(at, '127.0.0.1');
    const arrived = once(app.server, 'request');
    socket.write('POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
    socket.write('content-length: 100\r\n\r\n{');
    const [request] = (await arrived) as [IncomingMessage];
    const ended = new Promise((resolve) => request.once('close', resolve));
    socket.resetAndDestroy();
    await ended;
    await fetch(`http://127.0.0.1:${at}/healthz`);
    expect(lines.join('')).not.toContain('"level":"error"');
  });

  it('finishes a request in flight while it closes', async () => {
    let release = (): void => undefined;
    const arrived = new Promise<void>((seen) => {
      app.get('/slow', async () => {
        seen();
        await new Promise<void>((resolve) => (release = resolve));
        return { done: true };
      });
    });
    const at = await port();
    const reply = fetch(`http://127.0.0.1:${at}/slow`);
    await arrived;
    const closed = app.close();
    release();
    expect(await (await reply).json()).toEqual({ done: true });
    await closed;
  });
});
