import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';

export function idempotencyTests(open: OpenPorts): void {
  describe('idempotency', () => {
    const stack = sharedStack(open);

    const started = async (name: string): Promise<string> => {
      const runId = freshId(name);
      await stack().post('/runs', { run_id: runId });
      return runId;
    };

    it('makes one event of 16 equal requests that come at once', async () => {
      const runId = await started('equal');
      const replies = await Promise.all(
        Array.from({ length: 16 }, () =>
          stack().post(
            `/runs/${runId}/events`,
            { event_type: 'run.delta', payload: { text: 'once' } },
            { 'idempotency-key': 'k1' },
          ),
        ),
      );
      expect(replies.map(({ status }) => status)).toEqual(Array(16).fill(201));
      expect(new Set(replies.map(({ body }) => body.seq))).toEqual(new Set([2]));
      expect(new Set(replies.map(({ body }) => body.event_id)).size).toBe(1);
      expect(replies.filter(({ body }) => body.verdict === 'accepted')).toHaveLength(1);
      const replayed = replies.filter(({ headers }) => headers['idempotency-replayed'] === 'true');
      expect(replayed).toHaveLength(15);
      const run = await stack().get(`/runs/${runId}`);
      expect(run.body.run.last_seq).toBe(2);
    });

    it('takes the key from the header or the body, bare or quoted', async () => {
      const runId = await started('forms');
      const event = { event_type: 'run.delta' };
      const path = `/runs/${runId}/events`;
      const first = await stack().post(path, event, { 'idempotency-key': '"k"' });
      const second = await stack().post(path, { ...event, idempotency_key: ' k ' });
      const third = await stack().post(path, event, { 'idempotency-key': 'k' });
      expect([first, second, third].map(({ body }) => body.seq)).toEqual([2, 2, 2]);
      const torn = await stack().post(
        path,
        { ...event, idempotency_key: 'other' },
        { 'idempotency-key': 'k' },
      );
      expect(torn.status).toBe(400);
      expect(torn.body.errors[0]?.field).toBe('/idempotency_key');
    });

    it('refuses a key that stands for something else', async () => {
      const runId = await started('conflict');
      const path = `/runs/${runId}/events`;
      const key = { 'idempotency-key': 'k' };
      await stack().post(path, { event_type: 'run.delta', payload: { text: 'a' } }, key);
      const other = await stack().post(
        path,
        { event_type: 'run.delta', payload: { text: 'b' } },
        key,
      );
      expect(other.status).toBe(409);
      expect(other.body).toMatchObject({ code: 'idempotency_conflict', error: 'conflict', seq: 2 });
      const reordered = { payload: { text: 'a' }, event_type: 'run.delta' };
      expect((await stack().post(path, reordered, key)).body.verdict).toBe('duplicate');
    });

    it('answers a retry of the event that finished the run as it was answered first', async () => {
      const runId = await started('finish');
      const path = `/runs/${runId}/events`;
      const finish = { event_type: 'run.finished', payload: { status: 'succeeded' } };
      const key = { 'idempotency-key': 'end' };
      const first = await stack().post(path, finish, key);
      const again = await stack().post(path, finish, key);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toMatchObject({ seq: 2, verdict: 'duplicate', idempotent_replay: true });
      expect(again.body.run).toEqual({ id: runId, status: 'succeeded', last_seq: 2 });
      expect(again.body.recorded_at).toBe(first.body.recorded_at);
    });

    it('answers a retry of a refused event with the first refusal, whatever became possible', async () => {
      const runId = await started('refused');
      const path = `/runs/${runId}/events`;
      const early = { event_type: 'run.delta', expected_previous_seq: 2 };
      const key = { 'idempotency-key': 'early' };
      expect((await stack().post(path, early, key)).status).toBe(409);
      await stack().post(path, { event_type: 'run.delta' });
      const again = await stack().post(path, early, key);
      expect(again.status).toBe(409);
      expect(again.body).toMatchObject({ actual_seq: 1, idempotent_replay: true });
      expect((await stack().post(path, early)).status).toBe(201);
    });

    it('tells by receipt which of two equal requests became the event', async () => {
      const path = `/runs/${await started('receipts')}/events`;
      const headers = { 'idempotency-key': 'k', prefer: 'respond-async' };
      const states: unknown[] = [];
      for (let n = 0; n < 2; n++) {
        const asked = await stack().post(path, { event_type: 'run.delta' }, headers);
        await stack().get(`/runs?after=${asked.body.position}&wait=20s`);
        const { body } = await stack().get(`/receipts/${asked.body.receipt}`);
        expect(body).toMatchObject({ state: 'accepted', seq: 2 });
        states.push((body as unknown as Record<string, unknown>)['idempotent_replay']);
      }
      expect(states).toEqual([false, true]);
    });

    it('meets the same run when a keyed creation is repeated', async () => {
      const key = { 'idempotency-key': freshId('create') };
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => stack().post('/runs', { title: 't' }, key)),
      );
      expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(201));
      expect(new Set(replies.map(({ body }) => body.run.id)).size).toBe(1);
      const other = await stack().post('/runs', { title: 'other' }, key);
      expect(other.body).toMatchObject({ status: 409, code: 'idempotency_conflict' });
    });

    it('keeps the runs of two owners with the same key apart', async () => {
      const key = { 'idempotency-key': freshId('owners') };
      const one = await stack().post('/runs', { owner_user_id: 1 }, key);
      const two = await stack().post('/runs', { owner_user_id: 2 }, key);
      expect([one.status, two.status]).toEqual([201, 201]);
      expect(one.body.run.id).not.toBe(two.body.run.id);
    });

    it('takes the event ID of an answer as the key of a retry', async () => {
      const created = await stack().post('/runs', { title: 'unkeyed' });
      const again = await stack().post(
        '/runs',
        { title: 'unkeyed' },
        { 'idempotency-key': created.body.event_id },
      );
      expect(again.body).toMatchObject({
        run_id: created.body.run_id,
        verdict: 'duplicate',
        seq: 1,
      });
      const path = `/runs/${created.body.run_id}/events`;
      for (const headers of [{}, { 'idempotency-key': 'named' }]) {
        const first = await stack().post(path, { event_type: 'run.delta' }, headers);
        const retry = { 'idempotency-key': first.body.event_id };
        const second = await stack().post(path, { event_type: 'run.delta' }, retry);
        expect(second.body).toMatchObject({ seq: first.body.seq, verdict: 'duplicate' });
      }
    });
  });
}
