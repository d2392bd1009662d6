import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function runWriteTests(open: OpenPorts): void {
  describe('writing runs', () => {
    const stack = sharedStack(open);

    it('creates a run with an ID of its own and tells everything about it', async () => {
      const reply = await stack().post('/runs', {
        worker_id: 'w1',
        metadata: { a: 1 },
        title: 'first',
        labels: { team: 'x' },
        owner_user_id: 7,
      });
      expect(reply.status).toBe(201);
      const { run, event_id: eventId } = reply.body;
      expect(run.id).toMatch(UUID7);
      expect(eventId).toMatch(UUID7);
      expect(reply.body).toMatchObject({
        run_id: run.id,
        seq: 1,
        verdict: 'accepted',
        idempotent_replay: false,
        run: {
          worker_id: 'w1',
          status: 'running',
          metadata: { a: 1 },
          title: 'first',
          labels: { team: 'x' },
          owner_user_id: 7,
          last_seq: 1,
          event_count: 1,
        },
      });
      expect(reply.headers['refold-position']).toBe(reply.body.position);
      expect(reply.headers['location']).toBe(`/internal/v1/runs/${run.id}`);
      const read = await stack().get(`/runs/${run.id}?after=${reply.body.position}`);
      expect(read.body.run).toEqual({
        ...run,
        position: read.body.run.position,
        freshness: read.body.run.freshness,
      });
    });

    it('takes the run ID of the request, once', async () => {
      const runId = freshId('given');
      expect((await stack().post('/runs', { run_id: runId })).status).toBe(201);
      const again = await stack().post('/runs', { run_id: runId });
      expect(again.status).toBe(409);
      expect(again.body).toMatchObject({
        code: 'sequence_conflict',
        error: 'conflict',
        expected_seq: 0,
        actual_seq: 1,
        run_id: runId,
      });
    });

    it('appends events in order and says where they are', async () => {
      const runId = freshId('append');
      await stack().post('/runs', { run_id: runId });
      for (const seq of [2, 3, 4]) {
        const reply = await stack().post(`/runs/${runId}/events`, {
          event_type: 'run.delta',
          payload: { text: `t${seq}` },
        });
        expect(reply.status).toBe(201);
        expect(reply.body).toMatchObject({
          run_id: runId,
          seq,
          verdict: 'accepted',
          idempotent_replay: false,
          run: { id: runId, status: 'running', last_seq: seq },
        });
        expect(reply.headers['idempotency-replayed']).toBeUndefined();
      }
      const events = await stack().get(`/runs/${runId}/events?after_seq=1`);
      expect(events.body.events.map(({ payload }) => payload)).toEqual(
        [2, 3, 4].map((seq) => ({ text: `t${seq}` })),
      );
    });

    it('keeps 32 events that come at once contiguous', async () => {
      const runId = freshId('many');
      await stack().post('/runs', { run_id: runId });
      const replies = await Promise.all(
        Array.from({ length: 32 }, (_, n) =>
          stack().post(`/runs/${runId}/events`, { event_type: 'custom.note', payload: n }),
        ),
      );
      expect(replies.map(({ status }) => status)).toEqual(Array(32).fill(201));
      const seqs = replies.map(({ body }) => body.seq).sort((a, b) => a - b);
      expect(seqs).toEqual(Array.from({ length: 32 }, (_, n) => n + 2));
    });

    it('compares the expected sequence number', async () => {
      const runId = freshId('expected');
      await stack().post('/runs', { run_id: runId });
      const event = { event_type: 'run.delta', expected_previous_seq: 1 };
      expect((await stack().post(`/runs/${runId}/events`, event)).status).toBe(201);
      const late = await stack().post(`/runs/${runId}/events`, event);
      expect(late.status).toBe(409);
      expect(late.body).toMatchObject({ error: 'conflict', expected_seq: 1, actual_seq: 2 });
    });

    it('answers 202 with a receipt when asked not to wait, and the receipt tells the verdict', async () => {
      const runId = freshId('async');
      const asked = await stack().post('/runs', { run_id: runId }, { prefer: 'respond-async' });
      expect(asked.status).toBe(202);
      expect(asked.headers['preference-applied']).toBe('respond-async');
      expect(asked.body).toMatchObject({ run_id: runId, verdict: 'pending' });
      expect(asked.headers['location']).toBe(`/internal/v1/receipts/${asked.body.receipt}`);
      const read = await stack().get(`/runs/${runId}?after=${asked.body.position}&wait=20s`);
      expect(read.status).toBe(200);
      const receipt = await stack().get(`/receipts/${asked.body.receipt}`);
      expect(receipt.body).toMatchObject({
        state: 'accepted',
        seq: 1,
        stream: { kind: 'run', id: runId },
        event_id: asked.body.event_id,
      });
      const refused = await stack().post(
        `/runs/${runId}/events`,
        { event_type: 'run.delta', expected_previous_seq: 9 },
        { prefer: 'respond-async' },
      );
      await stack().get(`/runs/${runId}?after=${refused.body.position}&wait=20s`);
      const verdict = await stack().get(`/receipts/${refused.body.receipt}`);
      expect(verdict.body).toMatchObject({
        state: 'rejected',
        problem: { status: 409, actual_seq: 1 },
      });
    });

    it('applies a preferred wait and says so', async () => {
      const reply = await stack().post('/runs', {}, { prefer: 'wait=12' });
      expect(reply.status).toBe(201);
      expect(reply.headers['preference-applied']).toBe('wait=12');
      const bounded = await stack().post('/runs', {}, { prefer: 'wait=4000' });
      expect(bounded.headers['preference-applied']).toBe('wait=60');
    });

    it('asks a run to cancel and lets its executor finish it', async () => {
      const runId = freshId('cancel');
      await stack().post('/runs', { run_id: runId });
      const asked = await stack().post(`/runs/${runId}/cancel`, { reason: 'enough' });
      expect(asked.status).toBe(201);
      expect(asked.body.run).toEqual({ id: runId, status: 'canceling', last_seq: 2 });
      expect((await stack().post(`/runs/${runId}/cancel`)).body.run.status).toBe('canceling');
      const events = await stack().get(`/runs/${runId}/events?after_seq=1&limit=1`);
      expect(events.body.events[0]).toMatchObject({
        event_type: 'run.cancel_requested',
        payload: { reason: 'enough', requested_by: 'control_plane' },
      });
      const finished = await stack().post(`/runs/${runId}/events`, {
        event_type: 'run.finished',
        payload: { status: 'cancelled' },
      });
      expect(finished.body.run.status).toBe('canceled');
      const late = await stack().post(`/runs/${runId}/cancel`);
      expect(late.status).toBe(200);
      expect(late.body).toEqual({
        run_id: runId,
        run: { id: runId, status: 'canceled' },
        cancel_requested: false,
        verdict: 'rejected',
        idempotent_replay: false,
        event_id: late.body.event_id,
      });
      expect((await stack().get(`/runs/${runId}`)).body.run.last_seq).toBe(4);
      expect((await stack().post('/runs/nobody/cancel')).status).toBe(404);
    });
  });
}
