import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';

export function frameTests(open: OpenPorts): void {
  describe('frames', () => {
    const stack = sharedStack(open);

    const started = async (name: string): Promise<string> => {
      const runId = freshId(name);
      await stack().post('/runs', { run_id: runId });
      return runId;
    };

    it('become events of the run, and say which', async () => {
      const runId = await started('frames');
      const frames = [
        { frame_id: 'f1', type: 'user_message', payload: { text: 'hi', n: 1 } },
        { frame_id: 'f2', type: 'tick', payload: {}, occurred_at: '2026-01-31T12:00:00Z' },
        { frame_id: 'f3', type: 'complete', payload: { reason: 'done' }, thread_id: 't' },
      ];
      const replies = [];
      for (const frame of frames) replies.push(await stack().post(`/runs/${runId}/frames`, frame));
      expect(replies.map(({ status }) => status)).toEqual([201, 201, 201]);
      expect(replies.map(({ body }) => body)).toMatchObject([
        { frame_id: 'f1', event_type: 'run.delta', seq: 2, idempotent_replay: false },
        { frame_id: 'f2', event_type: 'run.frame_consumed', seq: 3, verdict: 'accepted' },
        { frame_id: 'f3', event_type: 'run.finished', run: { status: 'succeeded', last_seq: 4 } },
      ]);
      const { body } = await stack().get(`/runs/${runId}/events?after_seq=1`);
      expect(body.events.map(({ payload }) => payload)).toEqual([
        { text: 'hi', frame_id: 'f1', frame_type: 'user_message', payload: { n: 1 } },
        { frame_id: 'f2', frame_type: 'tick', payload: {} },
        {
          status: 'succeeded',
          reason_class: 'completed',
          reason: 'done',
          frame_id: 'f3',
          frame_type: 'complete',
          thread_id: 't',
          payload: { reason: 'done' },
        },
      ]);
      const run = await stack().get(`/runs/${runId}`);
      expect(run.body.run.finished).toMatchObject({ reason_class: 'completed', reason: 'done' });
    });

    it('are taken once, also when two of one ID come at the same time', async () => {
      const runId = await started('once');
      const path = `/runs/${runId}/frames`;
      const frame = { frame_id: 'f', type: 'say', payload: { text: 'a', b: { c: 1, d: 2 } } };
      const replies = await Promise.all(Array.from({ length: 8 }, () => stack().post(path, frame)));
      expect(new Set(replies.map(({ status, body }) => [status, body.seq].join()))).toEqual(
        new Set(['201,2']),
      );
      expect(replies.filter(({ body }) => body.verdict === 'accepted')).toHaveLength(1);
      const later = { ...frame, payload: { b: { d: 2, c: 1 }, text: 'a' } };
      const again = await stack().post(
        path,
        { ...later, occurred_at: '2026-02-01T00:00:00Z' },
        { 'idempotency-key': 'f' },
      );
      expect(again.body).toMatchObject({ seq: 2, verdict: 'duplicate', idempotent_replay: true });
      expect(again.headers['idempotency-replayed']).toBe('true');
    });

    it.each([
      ['another type', { type: 'tell' }],
      ['another payload', { payload: { text: 'b' } }],
      ['another thread', { thread_id: 't' }],
    ])('of one ID and %s are a conflict', async (_name, change) => {
      const path = `/runs/${await started('conflict')}/frames`;
      const frame = { frame_id: 'f', type: 'say', payload: { text: 'a' } };
      await stack().post(path, frame);
      const other = await stack().post(path, { ...frame, ...change });
      expect(other.status).toBe(409);
      expect(other.body).toMatchObject({ code: 'idempotency_conflict', error: 'conflict', seq: 2 });
    });

    it('share no name with the keys of events', async () => {
      const runId = await started('names');
      const event = { event_type: 'run.delta', idempotency_key: 'x' };
      expect((await stack().post(`/runs/${runId}/events`, event)).body.seq).toBe(2);
      const frame = { frame_id: 'x', type: 'say', payload: {} };
      expect((await stack().post(`/runs/${runId}/frames`, frame)).body.seq).toBe(3);
    });

    it('tell what is wrong with them at its place', async () => {
      const path = `/runs/${await started('wrong')}/frames`;
      const frame = { frame_id: 'f', type: 'say', payload: {} };
      const cases: [unknown, string][] = [
        [
          { ...frame, payload: { text: 'a', usage: { input_tokens: -1 } } },
          '/payload/usage/input_tokens',
        ],
        [{ ...frame, payload: { deep: [2 ** 53] } }, '/payload/deep/0'],
        [{ ...frame, type: 'run.message', payload: { deep: [2 ** 53] } }, '/payload/deep/0'],
        [{ ...frame, type: 'fail', payload: { reason: 5 } }, '/payload/reason'],
        [{ ...frame, frame_id: '' }, '/frame_id'],
        [{ ...frame, payload: [] }, '/payload'],
      ];
      for (const [body, field] of cases) {
        const reply = await stack().post(path, body);
        expect(reply.status).toBe(400);
        expect(reply.body.errors.map((error) => error.field)).toEqual([field]);
      }
      const torn = await stack().post(path, frame, { 'idempotency-key': 'other' });
      expect(torn.body.errors[0]?.field).toBe('Idempotency-Key');
      expect((await stack().post('/runs/nobody/frames', frame)).status).toBe(404);
      const seqs = await stack().get(path.replace('frames', 'events'));
      expect(seqs.body.events).toHaveLength(1);
    });

    it('obey the rules of the run: late text is kept, another end is refused', async () => {
      const runId = await started('late');
      const path = `/runs/${runId}/frames`;
      await stack().post(path, { frame_id: '1', type: 'fail', payload: {} });
      const late = await stack().post(path, { frame_id: '2', type: 'say', payload: { text: 'x' } });
      expect(late.body.run).toEqual({ id: runId, status: 'failed', last_seq: 3 });
      const end = await stack().post(path, { frame_id: '3', type: 'complete', payload: {} });
      expect(end.body).toMatchObject({ status: 409, code: 'invalid_transition', from: 'failed' });
    });

    it('are answered with a receipt when nobody waits', async () => {
      const runId = await started('async');
      const frame = { frame_id: 'f', type: 'cancel', payload: {} };
      const prefer = { prefer: 'respond-async' };
      const asked = await stack().post(`/runs/${runId}/frames`, frame, prefer);
      expect(asked.status).toBe(202);
      expect(asked.body).toMatchObject({ frame_id: 'f', event_type: 'run.cancel_requested' });
      await stack().get(`/runs/${runId}?after=${asked.body.position}&wait=20s`);
      const receipt = await stack().get(`/receipts/${asked.body.receipt}`);
      expect(receipt.body).toMatchObject({ state: 'accepted', seq: 2 });
    });
  });

  describe('snapshots of runs', () => {
    const stack = sharedStack(open);

    it('tell how the run stands at that moment', async () => {
      const runId = freshId('snapshot');
      const path = `/runs/${runId}/snapshot`;
      expect((await stack().get(path)).status).toBe(404);
      await stack().post('/runs', { run_id: runId, thread_id: 't-1' });
      const born = await stack().get(path);
      expect(born.body).toMatchObject({ run_id: runId, status: 'running', latest_seq: 1 });
      await stack().post(`/runs/${runId}/cancel`);
      const read = await stack().get(`${path}?thread_id=t-1`);
      const run = await stack().get(`/runs/${runId}`);
      expect(read.body).toEqual({
        run_id: runId,
        thread_id: 't-1',
        status: 'canceling',
        latest_seq: 2,
        updated_at: run.body.run.updated_at,
        position: run.body.run.position,
        freshness: run.body.run.freshness,
      });
      expect(read.headers['refold-position']).toBe(run.body.run.position);
      expect((await stack().get(`${path}?thread_id=t-2`)).body.code).toBe('not_found');
    });
  });
}
