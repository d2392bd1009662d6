import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';

const OWNER = { owner_user_id: 7 };
const QUERY = 'owner_user_id=7';

export function workerRequestTests(open: OpenPorts): void {
  describe('requests to workers', () => {
    const stack = sharedStack(open);

    const registered = async (name: string): Promise<string> => {
      const workerId = freshId(name);
      await stack().post('/workers', { worker_id: workerId, ...OWNER });
      return workerId;
    };

    const become = async (workerId: string, status: string): Promise<void> => {
      const reply = await stack().post(`/workers/${workerId}/status`, { ...OWNER, status });
      expect(reply.status).toBe(200);
    };

    it('stand in its history, where it finds them, and its answer names them', async () => {
      const workerId = await registered('asked');
      const asked = await stack().post(`/workers/${workerId}/requests`, {
        ...OWNER,
        request_id: 'q1',
        method: 'thread/start',
        params: { cwd: '/' },
      });
      expect(asked.status).toBe(201);
      expect(asked.body).toMatchObject({
        request_id: 'q1',
        seq: 2,
        idempotent_replay: false,
        worker: { worker: { worker_id: workerId, status: 'running', latest_seq: 2 } },
      });
      const seen = await stack().get(`/workers/${workerId}/events?${QUERY}&after_seq=1`);
      expect(seen.body.events).toMatchObject([
        {
          seq: 2,
          event_type: 'worker.request.received',
          payload: { request_id: 'q1', method: 'thread/start', params: { cwd: '/' } },
        },
      ]);
      const answered = await stack().post(`/workers/${workerId}/events`, {
        ...OWNER,
        event_type: 'worker.response',
        payload: { request_id: 'q1', response: { thread: 't' } },
        expected_previous_seq: 2,
      });
      expect(answered.status).toBe(201);
      expect(answered.body).toMatchObject({ seq: 3, worker: { worker: { latest_seq: 3 } } });
      const answer = await stack().get(`/workers/${workerId}/events?${QUERY}&after_seq=2`);
      expect(answer.body.events).toMatchObject([
        { event_type: 'worker.response', payload: { request_id: 'q1', response: { thread: 't' } } },
      ]);
      expect(answer.body.next_cursor).toBeNull();
    });

    it('are asked once under one ID, and refused when the ID stands for another', async () => {
      const path = `/workers/${await registered('once')}/requests`;
      const request = { ...OWNER, request_id: 'q', method: 'm', params: [1] };
      const replies = await Promise.all(
        Array.from({ length: 6 }, () => stack().post(path, request)),
      );
      expect(new Set(replies.map(({ body }) => body.seq))).toEqual(new Set([2]));
      const other = await stack().post(path, { ...request, params: [2] });
      expect(other.body).toMatchObject({ code: 'idempotency_conflict', seq: 2 });
      const torn = await stack().post(path, request, { 'idempotency-key': 'k' });
      expect(torn.body.errors[0]?.field).toBe('Idempotency-Key');
    });

    it('get an ID where the caller names none, the same one for the same key', async () => {
      const path = `/workers/${await registered('generated')}/requests`;
      const request = { ...OWNER, method: 'm' };
      const one = await stack().post(path, request);
      const two = await stack().post(path, request);
      expect(one.body.request_id).toMatch(/^req_[0-9a-f-]{36}$/);
      expect(two.body.request_id).not.toBe(one.body.request_id);
      const key = { 'idempotency-key': 'k' };
      const first = await stack().post(path, request, key);
      const retry = await stack().post(path, request, key);
      const byEvent = await stack().post(path, request, { 'idempotency-key': one.body.event_id });
      expect(retry.body).toMatchObject({
        request_id: first.body.request_id,
        seq: first.body.seq,
        verdict: 'duplicate',
      });
      expect(byEvent.body).toMatchObject({ request_id: one.body.request_id, verdict: 'duplicate' });
    });

    it.each([
      ['starting', ['stopping', 'stopped', 'starting']],
      ['stopping', ['stopping']],
      ['stopped', ['stopped']],
      ['failed', ['failed']],
    ])('are refused while it is %s', async (status, path) => {
      const workerId = await registered('not-running');
      for (const step of path) await become(workerId, step);
      const reply = await stack().post(`/workers/${workerId}/requests`, { ...OWNER, method: 'm' });
      expect(reply.status).toBe(409);
      expect(reply.body).toMatchObject({
        code: 'invalid_transition',
        from: status,
        transition: 'request',
      });
      const read = await stack().get(`/workers/${workerId}?${QUERY}`);
      expect(read.body.worker.worker.latest_seq).toBe(1 + path.length);
    });

    it('of a worker that is down are not answered; one that is stopping still speaks', async () => {
      const workerId = await registered('down');
      const path = `/workers/${workerId}/events`;
      const answer = { ...OWNER, event_type: 'worker.response', payload: { request_id: 'q' } };
      await become(workerId, 'stopping');
      expect((await stack().post(path, answer)).status).toBe(201);
      await become(workerId, 'stopped');
      expect((await stack().post(path, answer)).body).toMatchObject({
        code: 'invalid_transition',
        from: 'stopped',
        transition: 'response',
      });
    });

    it('stop it by event as well', async () => {
      const workerId = await registered('by-event');
      const stop = { ...OWNER, event_type: 'worker.stopped', payload: { reason: 'done' } };
      const reply = await stack().post(`/workers/${workerId}/events`, stop);
      expect(reply.body.worker.worker.status).toBe('stopped');
      const read = await stack().get(`/workers/${workerId}/snapshot?${QUERY}`);
      expect(read.body.worker).toMatchObject({
        worker: { status: 'stopped', latest_seq: 2 },
        liveness: { heartbeat_state: 'stopped' },
      });
    });

    it('and its history belong to its owner alone', async () => {
      const workerId = await registered('owned');
      const stranger = { owner_user_id: 8 };
      const request = { ...stranger, method: 'm' };
      const event = { ...stranger, event_type: 'worker.event' };
      expect((await stack().post(`/workers/${workerId}/requests`, request)).status).toBe(403);
      expect((await stack().post(`/workers/${workerId}/events`, event)).status).toBe(403);
      for (const part of ['events', 'snapshot']) {
        const path = `/workers/${workerId}/${part}`;
        expect((await stack().get(`${path}?owner_user_id=8`)).status).toBe(403);
        expect((await stack().get(path)).status).toBe(400);
      }
      expect((await stack().get(`/workers/nobody/events?${QUERY}`)).status).toBe(404);
      const body = { ...OWNER, method: 'm' };
      expect((await stack().post('/workers/nobody/requests', body)).status).toBe(404);
    });

    it('tell what is wrong with them at its place', async () => {
      const workerId = await registered('wrong');
      const event = { ...OWNER, event_type: 'worker.heartbeat', payload: { metadata_patch: 5 } };
      const bad = await stack().post(`/workers/${workerId}/events`, event);
      expect(bad.body.errors[0]?.field).toBe('/payload/metadata_patch');
      const request = { ...OWNER, method: 'm', params: [2 ** 53] };
      const deep = await stack().post(`/workers/${workerId}/requests`, request);
      expect(deep.body.errors[0]?.field).toBe('/params/0');
    });

    it('find the workers of a workspace', async () => {
      const owner = { owner_guest_scope: freshId('scope') };
      const ids = [freshId('ws'), freshId('ws')];
      await stack().post('/workers', { worker_id: ids[0], ...owner, workspace_ref: 'a b' });
      await stack().post('/workers', { worker_id: ids[1], ...owner, workspace_ref: 'c' });
      const query = `owner_guest_scope=${owner.owner_guest_scope}&workspace_ref=a%20b`;
      const list = await stack().get(`/workers?${query}`);
      expect(list.body.workers.map(({ worker }) => worker.worker_id)).toEqual([ids[0]]);
    });
  });
}
