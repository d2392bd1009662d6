import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRefoldClient, type RefoldClient } from './refold-client.js';
import { RefoldProblem, RefoldUnreachable } from './refold-problem.js';
import type { RetryTools } from './retry.js';

interface Heard {
  line: string;
  headers: IncomingMessage['headers'];
  body: string;
}

interface Said {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** True: the connection is cut instead of an answer. */
  cut?: boolean;
}

let server: Server;
let url = '';
const heard: Heard[] = [];
const script: Said[] = [];

/** A clock that only sleeping moves. */
const slept: number[] = [];
let nowMs = 0;
const tools: RetryTools = {
  nowMs: () => nowMs,
  random: () => 1,
  sleep: async (ms) => {
    slept.push(ms);
    nowMs += ms;
  },
};

const open = (): RefoldClient => createRefoldClient({ url, tools, headers: { 'x-app': 'test' } });

beforeEach(async () => {
  heard.length = script.length = slept.length = nowMs = 0;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      heard.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      const said = script.shift() ?? { status: 500 };
      if (said.cut === true) return void request.socket.destroy();
      response.writeHead(said.status, { 'refold-position': '3:17', ...said.headers });
      response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {}));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const thrownBy = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal');
};

describe('calls', () => {
  it('send a key with every write, made when the caller has none, and the position back', async () => {
    script.push({ status: 201, body: { seq: 1 } }, { status: 201 });
    const reply = await open().createRun({ metadata: { a: 1 } }, { idempotencyKey: 'k-1' });
    expect(reply).toEqual({ status: 201, position: '3:17', body: { seq: 1 } });
    await open().createRun({}, { waitSeconds: 0 });
    expect(heard[0]).toMatchObject({
      line: 'POST /internal/v1/runs',
      body: '{"metadata":{"a":1}}',
      headers: { 'idempotency-key': 'k-1', 'x-app': 'test', 'content-type': 'application/json' },
    });
    expect(heard[1]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(heard[1]?.headers['prefer']).toBe('respond-async');
  });

  it('encode every part of a path and every parameter', async () => {
    script.push({ status: 200, body: { runs: [], next_cursor: null } }, { status: 200 });
    await open().listRuns({ status: 'failed', limit: 5, after: '3:17', waitMs: 5_000 });
    await open().getRun('a/b?c');
    expect(heard.map(({ line }) => line)).toEqual([
      'GET /internal/v1/runs?after=3%3A17&wait=5000ms&status=failed&limit=5',
      'GET /internal/v1/runs/a%2Fb%3Fc',
    ]);
  });

  it('send a batch as NDJSON in which every line has a key', async () => {
    script.push({ status: 200, body: { run_id: 'r', results: [], position: null } });
    const lone = '\ud800\u0000';
    await open().appendEvents('r', [
      { event_type: 'a', payload: { text: lone }, idempotency_key: 'one' },
      { event_type: 'b' },
    ]);
    expect(heard[0]?.headers['content-type']).toBe('application/x-ndjson');
    const lines = (heard[0]?.body ?? '').trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toEqual({ event_type: 'a', payload: { text: lone }, idempotency_key: 'one' });
    expect(events[1]?.['idempotency_key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('send no key with what is named in its body, and a name where the caller has none', async () => {
    for (let times = 0; times < 4; times++) script.push({ status: 201 });
    const owner = { owner_user_id: 7 };
    await open().appendFrame('r', { frame_id: 'é', type: 'say', payload: {} }, { waitSeconds: 3 });
    await open().appendFrame('r', { type: 'say', payload: {} });
    await open().requestWorker('w', { ...owner, request_id: 'q', method: 'm' });
    await open().requestWorker('w', { ...owner, method: 'm' }, { idempotencyKey: 'k' });
    expect(heard.map(({ line }) => line)).toEqual([
      'POST /internal/v1/runs/r/frames',
      'POST /internal/v1/runs/r/frames',
      'POST /internal/v1/workers/w/requests',
      'POST /internal/v1/workers/w/requests',
    ]);
    expect(heard.map(({ headers }) => headers['idempotency-key'])).toEqual([
      undefined,
      undefined,
      undefined,
      'k',
    ]);
    expect(heard[0]?.headers['prefer']).toBe('wait=3');
    expect(heard[0]?.body).toBe('{"frame_id":"é","type":"say","payload":{}}');
    expect(JSON.parse(heard[1]?.body ?? '')).toMatchObject({
      frame_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  });

  it('read a snapshot, the timeline of a worker and drift', async () => {
    const page = { events: [{ seq: 1 }], next_cursor: null };
    script.push({ status: 200 }, { status: 200, body: page }, { status: 200 });
    await open().getRunSnapshot('r', { threadId: 't' });
    const owner = { owner_user_id: 7 };
    for await (const { seq } of open().iterateWorkerEvents('w', owner, { afterSeq: 3 })) {
      expect(seq).toBe(1);
    }
    await open().getDrift('worker:w:lifecycle', owner);
    expect(heard.map(({ line }) => line)).toEqual([
      'GET /internal/v1/runs/r/snapshot?thread_id=t',
      'GET /internal/v1/workers/w/events?owner_user_id=7&after_seq=3',
      'GET /internal/v1/projectors/drift?topic=worker%3Aw%3Alifecycle&owner_user_id=7',
    ]);
  });

  it('list dead letters, page by page', async () => {
    script.push({ status: 200, body: { dead_letters: [{ offset: 2 }], next_cursor: 'a/b' } });
    script.push({ status: 200, body: { dead_letters: [{ offset: 1 }], next_cursor: null } });
    const offsets: number[] = [];
    for await (const { offset } of open().iterateDeadLetters('runs', { partition: 3, limit: 1 })) {
      offsets.push(offset);
    }
    expect(offsets).toEqual([2, 1]);
    expect(heard.map(({ line }) => line)).toEqual([
      'GET /internal/v1/dead-letters?projection=runs&partition=3&limit=1',
      'GET /internal/v1/dead-letters?projection=runs&partition=3&cursor=a%2Fb&limit=1',
    ]);
  });

  it('walk pages to the end', async () => {
    script.push({ status: 200, body: { events: [{ seq: 1 }, { seq: 2 }], next_cursor: '2' } });
    script.push({ status: 200, body: { events: [{ seq: 3 }], next_cursor: null } });
    const seqs: number[] = [];
    for await (const { seq } of open().iterateEvents('r', { limit: 2 })) seqs.push(seq);
    expect(seqs).toEqual([1, 2, 3]);
    expect(heard[1]?.line).toBe('GET /internal/v1/runs/r/events?after_seq=2&limit=2');
  });

  it('take a probe that answers 503 as an answer', async () => {
    script.push({ status: 503, body: { status: 'not_ready', reasons: { event_log: 'away' } } });
    expect(await open().readiness()).toMatchObject({ ok: false, body: { status: 'not_ready' } });
    expect(slept).toEqual([]);
  });
});

describe('refusals', () => {
  it('are typed: code, status, detail and the members refused', async () => {
    script.push({
      status: 400,
      body: {
        code: 'invalid_data',
        error: 'invalid_request',
        title: 'Invalid request',
        detail: 'one member is not as expected',
        errors: [{ field: '/event_type', expected: 'a text' }],
        event_id: 'e-1',
      },
    });
    const error = await thrownBy(open().appendEvent('r', { event_type: 'x' }));
    expect(error).toBeInstanceOf(RefoldProblem);
    expect(error).toMatchObject({
      status: 400,
      code: 'invalid_data',
      message: 'invalid_data (400): one member is not as expected: /event_type: expected a text',
      errors: [{ field: '/event_type', expected: 'a text' }],
      body: { event_id: 'e-1' },
    });
    expect(heard).toHaveLength(1);
  });

  it('keep what a proxy says, and a reply that is no JSON is a refusal', async () => {
    script.push(
      { status: 505, body: '<h1>No such version</h1>' },
      { status: 200, body: '<h1>Hi</h1>' },
    );
    expect(await thrownBy(open().getRun('r'))).toMatchObject({
      code: 'http_505',
      detail: '<h1>No such version</h1>',
    });
    expect(await thrownBy(open().getRun('r'))).toMatchObject({ code: 'invalid_reply' });
  });
});

describe('retries', () => {
  it('repeat the very same claim after 503, 429 and a cut connection, and honour Retry-After', async () => {
    script.push(
      { status: 503, headers: { 'retry-after': '2' }, body: { error: 'outcome_unknown' } },
      { status: 429 },
      { status: 200, cut: true },
      { status: 201, body: { seq: 4 } },
    );
    const reply = await open().appendEvent('r', { event_type: 'x' });
    expect(reply.body).toEqual({ seq: 4 });
    expect(slept).toEqual([2_000, 200, 400]);
    expect(new Set(heard.map(({ body }) => body)).size).toBe(1);
  });

  it('end when the time is up, with the last refusal', async () => {
    const client = createRefoldClient({
      url,
      tools,
      retry: { delayMsMin: 100, delayMsMax: 400, totalMsMax: 1_000 },
    });
    for (let times = 0; times < 9; times++) script.push({ status: 503, body: { error: 'away' } });
    expect(await thrownBy(client.getRun('r'))).toMatchObject({ code: 'away' });
    expect(slept).toEqual([100, 200, 400]);
  });

  it('say that nobody answers, and where', async () => {
    const client = createRefoldClient({ url: 'http://127.0.0.1:9', tools });
    const error = await thrownBy(client.getRun('r'));
    expect(error).toBeInstanceOf(RefoldUnreachable);
    expect(String(error)).toContain('no reply from http://127.0.0.1:9');
  });

  it('stop when the caller does', async () => {
    script.push({ status: 503 });
    const stop = new AbortController();
    const client = createRefoldClient({
      url,
      tools: {
        ...tools,
        sleep: async () => {
          stop.abort(new Error('enough'));
          stop.signal.throwIfAborted();
        },
      },
    });
    expect(await thrownBy(client.getRun('r', { signal: stop.signal }))).toMatchObject({
      message: 'enough',
    });
  });
});

describe('receipts', () => {
  it('are asked for until the claim is decided', async () => {
    const pending = { state: 'pending', event_id: 'e' };
    script.push({ status: 200, body: pending }, { status: 200, body: pending });
    script.push({ status: 200, body: { state: 'accepted', seq: 9 } });
    const { body } = await open().waitForReceipt('t');
    expect(body).toMatchObject({ state: 'accepted', seq: 9 });
    expect(slept).toEqual([50, 100]);
  });

  it('are returned as they are when the time is up', async () => {
    script.push({ status: 200, body: { state: 'pending', event_id: 'e' } });
    const { body } = await open().waitForReceipt('t', { msMax: 10 });
    expect(body.state).toBe('pending');
  });
});

describe('a client', () => {
  it('refuses a URL that is none', () => {
    expect(() => createRefoldClient({ url: 'localhost:4100' })).toThrow('expected a URL');
  });
});
