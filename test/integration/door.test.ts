import type { Verdict } from '@refold/contracts';
import { StoreUnavailable, type EventLog } from '@refold/pipeline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openDoor, type DoorOptions, type DoorReply } from './door-fixture.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: DoorOptions = {}) {
  const door = await openDoor(options);
  closers.push(async () => {
    await door.ingest.stop(0);
    await door.app.close();
  });
  door.ingest.gate.open();
  return door;
}

const EVENT = { event_type: 'run.delta', payload: { text: 'x' } };

/** A log whose lanes never answer. */
const stalled: Partial<EventLog> = {
  openLane: async () => ({
    send: () => new Promise(() => undefined),
    close: async () => undefined,
  }),
};

describe('a verdict', () => {
  /** Posts an event, judges its record, and returns the reply. */
  async function judged(verdict: Verdict): Promise<DoorReply> {
    const door = await open();
    const reply = door.post('/runs/r/events', EVENT);
    await vi.waitFor(() => expect(door.records()).toHaveLength(1));
    const [record] = door.records();
    door.judge(record!, verdict);
    return reply;
  }

  it('that accepts is 201', async () => {
    const reply = await judged({ kind: 'accepted', seq: 9, status: 'running', recorded_at: 1_000 });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      seq: 9,
      recorded_at: '1970-01-01T00:00:01.000Z',
      run: { id: 'r', status: 'running', last_seq: 9 },
    });
  });

  it('that refuses is the problem of its code, and names the claim', async () => {
    const detail = { from: 'failed', transition: 'start' };
    const reply = await judged({
      kind: 'rejected',
      code: 'invalid_transition',
      detail,
      replayed: false,
    });
    expect(reply.status).toBe(409);
    expect(reply.body).toMatchObject({ code: 'invalid_transition', run_id: 'r', ...detail });
    expect(reply.body['event_id']).toEqual(expect.any(String));
  });

  it('that parks is 202 with a receipt, at once', async () => {
    const reply = await judged({ kind: 'parked', error: 'it threw' });
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ verdict: 'parked', run_id: 'r' });
    expect(reply.headers['location']).toBe(
      `/internal/v1/receipts/${String(reply.body['receipt'])}`,
    );
  });

  it('that sets the record aside is an error that says so', async () => {
    const reply = await judged({ kind: 'dead_letter', reason: 'wrong partition' });
    expect(reply.status).toBe(500);
    expect(reply.body['detail']).toContain('wrong partition');
  });

  it('that does not come in time is 202', async () => {
    const door = await open({ waitMs: 20 });
    const reply = await door.post('/runs/r/events', EVENT);
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({
      verdict: 'pending',
      position: expect.any(String) as string,
    });
  });

  it('is not waited for by more requests than may wait', async () => {
    const door = await open({ waitingMax: 1 });
    const first = door.post('/runs/r/events', EVENT);
    await vi.waitFor(() => expect(door.records()).toHaveLength(1));
    expect((await door.post('/runs/r/events', EVENT)).status).toBe(202);
    const [record] = door.records();
    door.judge(record!, { kind: 'accepted', seq: 1, status: 'running', recorded_at: 0 });
    expect((await first).status).toBe(201);
  });
});

describe('the record of a claim', () => {
  it('carries what the caller sent and nothing of the wait', async () => {
    const door = await open();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const headers = { prefer: 'respond-async', 'idempotency-key': 'k', traceparent };
    const body = { ...EVENT, expected_previous_seq: 4 };
    await door.post('/runs/r/events', body, headers);
    await door.post('/runs/r/events', EVENT, { prefer: 'respond-async', traceparent: 'nonsense' });
    const [first, second] = door.records();
    expect(first?.envelope).toEqual({
      specversion: '1.0',
      refoldversion: 1,
      id: expect.any(String) as string,
      source: '/refold/ingest',
      type: 'run.delta',
      subject: 'run/r',
      idempotencykey: 'k',
      expectedseq: 4,
      appendonly: true,
      traceparent,
      datacontenttype: 'application/json',
      data: { text: 'x' },
    });
    expect(second?.envelope).not.toHaveProperty('traceparent');
    expect(second?.envelope).not.toHaveProperty('replyto');
  });

  it('has the same ID for the same key, and another one for another run or key', async () => {
    const door = await open();
    const idOf = async (runId: string, key: string) => {
      const headers = { prefer: 'respond-async', 'idempotency-key': key };
      return (await door.post(`/runs/${runId}/events`, EVENT, headers)).body['event_id'];
    };
    expect(await idOf('r', 'k')).toBe(await idOf('r', 'k'));
    const others = [await idOf('r', 'k'), await idOf('r', 'k2'), await idOf('r2', 'k')];
    expect(new Set(others).size).toBe(3);
  });
});

describe('without the store', () => {
  it('an event is taken and answered with 202', async () => {
    const door = await open({
      waitMs: 20,
      store: { read: () => Promise.reject(new StoreUnavailable('redis is away')) },
    });
    const reply = await door.post('/runs/r/events', EVENT);
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({ verdict: 'pending', run_id: 'r' });
    expect(door.records()).toHaveLength(1);
  });
});

describe('without the log', () => {
  it('nothing is let in before the topics were checked', async () => {
    const door = await openDoor();
    const reply = await door.post('/runs/r/events', EVENT);
    expect(reply.status).toBe(503);
    expect(reply.body).toMatchObject({ code: 'log_unavailable' });
    expect(reply.headers['retry-after']).toBe('2');
    await door.ingest.stop(0);
  });

  it('requests are refused at once after trouble, and let in again when it answers', async () => {
    let away: string | null = 'no broker answers';
    const door = await open({ waitMs: 0, log: { ping: () => Promise.resolve(away) } });
    door.ingest.gate.suspect();
    const refused = await door.post('/runs/r/events', EVENT);
    expect(refused.body).toMatchObject({
      status: 503,
      code: 'log_unavailable',
      run_id: 'r',
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect(refused.body['detail']).toContain('no broker answers');
    away = null;
    expect((await door.post('/runs/r/events', EVENT)).status).toBe(202);
    expect(door.records()).toHaveLength(1);
  });

  it('an outcome that is not known is told, with the ID to send again', async () => {
    const door = await open({ log: stalled });
    const reply = door.post('/runs/r/events', EVENT);
    await vi.waitFor(() => expect(door.ingest.waiting()).toBe(1));
    await door.ingest.stop(0);
    expect(await reply).toMatchObject({
      status: 503,
      body: { code: 'outcome_unknown', run_id: 'r', event_id: expect.any(String) as string },
    });
  });

  it('a full lane refuses whole batches and stores nothing of them', async () => {
    const door = await open({ log: stalled });
    const batch = Array.from({ length: 1_000 }, () => EVENT);
    const waiting: Promise<DoorReply>[] = [];
    let refused: DoorReply | null = null;
    while (refused === null && waiting.length < 100) {
      const before = door.ingest.waiting();
      const told: DoorReply[] = [];
      const reply = door.post('/runs/r/events', batch, { prefer: 'respond-async' });
      void reply.then((answer) => told.push(answer));
      // A batch that is taken waits for the log, which never answers; one that is refused is answered.
      await vi.waitFor(() =>
        expect(door.ingest.waiting() > before || told.length > 0, 'taken or refused').toBe(true),
      );
      refused = told[0] ?? null;
      if (refused === null) waiting.push(reply);
    }
    const results = refused?.body['results'] as { status: number; problem: { code: string } }[];
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set([503]));
    expect(new Set(results.map(({ problem }) => problem.code))).toEqual(new Set(['overloaded']));
    await door.ingest.stop(0);
    await Promise.all(waiting);
  });

  it('a record that is too large for it is 413, and its neighbours are stored', async () => {
    const door = await open({ recordBytesMax: 1_000, waitMs: 0 });
    const large = { event_type: 'run.delta', payload: { text: 'x'.repeat(2_000) } };
    const reply = await door.post('/runs/r/events', [EVENT, large, EVENT]);
    const results = reply.body['results'] as { status: number }[];
    expect(results.map(({ status }) => status)).toEqual([202, 413, 202]);
    expect(door.records()).toHaveLength(2);
  });
});
