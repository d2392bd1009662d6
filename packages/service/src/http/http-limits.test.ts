import { describe, expect, it } from 'vitest';
import { HTTP_LIMITS, roomForBodies } from './http-limits.js';
import { openRawServer, RawClient, statusesIn } from './raw-http.fixture.js';

const HOST = 'host: x\r\n';
const CLOSE = `${HOST}connection: close\r\n`;

const posting = (body: string, more = ''): string =>
  `POST /things HTTP/1.1\r\n${CLOSE}content-type: application/json\r\n${more}` +
  `content-length: ${body.length}\r\n\r\n${body}`;

/** A JSON text of so many bytes. */
const text = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;

const chunked = (body: string, size: number): string => {
  const chunks = body.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
  const sized = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  const head = `POST /things HTTP/1.1\r\n${CLOSE}content-type: application/json\r\n`;
  return `${head}transfer-encoding: chunked\r\n\r\n${sized}0\r\n\r\n`;
};

describe('one request may have', () => {
  it.each([
    [1_000, 200],
    [1_001, 413],
  ])('a JSON body of %i bytes: %i, with a length and in chunks', async (bytes, status) => {
    const { port } = await openRawServer({ bodyBytesMax: 1_000 });
    const whole = await new RawClient(port).say(posting(text(bytes))).untilClosed();
    expect(statusesIn(whole)).toEqual([status]);
    const pieces = await new RawClient(port).say(chunked(text(bytes), 100)).untilClosed();
    expect(statusesIn(pieces)).toEqual([status]);
  });

  it.each([
    [1_000, 200],
    [1_001, 414],
  ])('a path and query of %i characters: %i', async (length, status) => {
    const { port } = await openRawServer({ urlLengthMax: 1_000 });
    const path = '/things/1?';
    const url = path + 'q'.repeat(length - path.length);
    const heard = await new RawClient(port)
      .say(`GET ${url} HTTP/1.1\r\n${CLOSE}\r\n`)
      .untilClosed();
    expect(statusesIn(heard)).toEqual([status]);
    if (status === 414) expect(heard).toContain('"max_length":1000');
  });

  it('a parameter as long as its URL; the route names the field that it refuses', async () => {
    const { port } = await openRawServer();
    const id = 'i'.repeat(1_024);
    const answer = await new RawClient(port)
      .say(`GET /things/${id} HTTP/1.1\r\n${CLOSE}\r\n`)
      .untilClosed();
    expect(answer).toContain(`{"id":"${id}"}`);
    const longer = await new RawClient(port)
      .say(`GET /things/${id}i HTTP/1.1\r\n${CLOSE}\r\n`)
      .untilClosed();
    expect(statusesIn(longer)).toEqual([400]);
  });

  it('so many bytes of headers, whatever their number', async () => {
    const { port } = await openRawServer({ headerBytesMax: 16_384 });
    const say = (headers: string) =>
      new RawClient(port).say(`GET /things/1 HTTP/1.1\r\n${CLOSE}${headers}\r\n`).untilClosed();
    expect(statusesIn(await say(`a: ${'x'.repeat(16_000)}\r\n`))).toEqual([200]);
    expect(statusesIn(await say(`a: ${'x'.repeat(16_384)}\r\n`))).toEqual([431]);
    expect(statusesIn(await say('a:\r\n'.repeat(2_500)))).toEqual([200]);
    expect(statusesIn(await say('a:\r\n'.repeat(20_000)))).toEqual([431]);
  });

  it('more than two thousand headers, and none of them is lost', async () => {
    const { port } = await openRawServer();
    const many = 'a:\r\n'.repeat(2_200);
    const heard = await new RawClient(port)
      .say(`GET /last-header HTTP/1.1\r\n${CLOSE}${many}z-last: here\r\n\r\n`)
      .untilClosed();
    expect(heard).toContain('{"last":"here"}');
  });
});

describe('all requests together may have', () => {
  const hold = (port: number): RawClient =>
    new RawClient(port).say(`GET /held HTTP/1.1\r\n${HOST}\r\n`);

  it('so many answers to come, and the next is told to come later', async () => {
    const { metrics, port, release } = await openRawServer({ requestsMax: 3 });
    const inFlight = async () =>
      /in_flight_requests\S* (\d+)/.exec((await metrics.page()).text)?.[1] ?? '';
    const held = [hold(port), hold(port), hold(port)];
    await expect.poll(inFlight).toBe('3');

    const refused = await fetch(`http://127.0.0.1:${port}/things/1`);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      503,
      'application/problem+json; charset=utf-8',
    ]);
    for (const probe of ['healthz', 'readyz', 'metrics']) {
      expect((await fetch(`http://127.0.0.1:${port}/${probe}`)).status).toBe(200);
    }
    expect((await metrics.page()).text).toMatch(/shed_total\S*kind="requests"\S* 1$/m);

    release();
    for (const client of held) await expect.poll(() => statusesIn(client.heard)).toEqual([200]);
    expect((await fetch(`http://127.0.0.1:${port}/things/1`)).status).toBe(200);
    expect(await inFlight()).toBe('0');
  });

  it('so many on one connection, too', async () => {
    const { port, release } = await openRawServer({ requestsMax: 5 });
    const client = new RawClient(port);
    client.say(`GET /held HTTP/1.1\r\n${HOST}\r\n`.repeat(20));
    release();
    await expect.poll(() => statusesIn(client.heard)).toHaveLength(20);
    const statuses = statusesIn(client.heard);
    expect(statuses.slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(statuses.slice(5))).toEqual(new Set([503]));
  });

  it('the requests of a client that left, until their handlers end', async () => {
    const { metrics, port, release } = await openRawServer({ requestsMax: 3 });
    const inFlight = async () =>
      /in_flight_requests\S* (\d+)/.exec((await metrics.page()).text)?.[1] ?? '';
    const held = [hold(port), hold(port), hold(port)];
    await expect.poll(inFlight).toBe('3');
    for (const client of held) client.end();
    expect((await fetch(`http://127.0.0.1:${port}/things/1`)).status).toBe(503);
    release();
    await expect.poll(inFlight).toBe('0');
  });

  it('so many bytes of bodies, with a length or in chunks', async () => {
    const { metrics, port, release } = await openRawServer({ requestBytesMax: 250_000 });
    const bytes = async () =>
      Number(/in_flight_bytes\S* (\d+)/.exec((await metrics.page()).text)?.[1]);
    const body = text(100_000);
    const toHeld = (said: string) => said.replace('POST /things', 'POST /held');
    const first = new RawClient(port).say(toHeld(posting(body)));
    const second = new RawClient(port).say(toHeld(chunked(body, 10_000)));
    await expect.poll(bytes).toBe(200_000);

    for (const said of [posting(body), chunked(body, 10_000)]) {
      const refused = await new RawClient(port).say(toHeld(said)).untilClosed();
      expect(statusesIn(refused)).toEqual([503]);
      expect(refused).toContain('"error":"overloaded"');
    }
    expect((await metrics.page()).text).toMatch(/shed_total\S*kind="bytes"\S* 2$/m);
    expect(await bytes()).toBe(200_000);
    const small = await new RawClient(port).say(posting('{}')).untilClosed();
    expect(statusesIn(small)).toEqual([200]);

    release();
    expect(statusesIn(await first.untilClosed())).toEqual([200]);
    expect(statusesIn(await second.untilClosed())).toEqual([200]);
    await expect.poll(bytes).toBe(0);
  });

  it('nothing for bytes that were only announced', async () => {
    const { port } = await openRawServer({ requestBytesMax: 250_000 });
    const announced = `POST /things HTTP/1.1\r\n${HOST}content-type: application/json\r\n`;
    const liars = Array.from({ length: 20 }, () =>
      new RawClient(port).say(`${announced}content-length: 200000\r\n\r\n{`),
    );
    const honest = await new RawClient(port).say(posting(text(100_000))).untilClosed();
    expect(statusesIn(honest)).toEqual([200]);
    for (const client of liars) client.end();
  });
});

const MIB = 1_048_576;

it.each([
  ['what is configured, in a heap that has room for it', 4_096 * MIB, 128 * MIB],
  ['an eighth of a small heap', 256 * MIB, 32 * MIB],
  ['one batch in a tiny one', 32 * MIB, 8 * MIB],
])('bodies may have %s', (_what, heapBytes, bytes) => {
  expect(roomForBodies(HTTP_LIMITS, heapBytes)).toBe(bytes);
});

it('bodies have no more than is configured, however large a batch may be', () => {
  const limits = { ...HTTP_LIMITS, requestBytesMax: 1_000 };
  expect(roomForBodies(limits, 4_096 * MIB)).toBe(1_000);
});
