import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';

const OWNER = { owner_user_id: 7 };

export function workerTests(open: OpenPorts): void {
  describe('workers', () => {
    const stack = sharedStack(open);

    const registered = async (name: string): Promise<string> => {
      const workerId = freshId(name);
      const reply = await stack().post('/workers', { worker_id: workerId, ...OWNER });
      expect(reply.status).toBe(201);
      return workerId;
    };

    it('registers, shows and registers again', async () => {
      const workerId = freshId('register');
      const first = await stack().post('/workers', {
        worker_id: workerId,
        ...OWNER,
        workspace_ref: 'ws',
        metadata: { a: 1, b: 1 },
      });
      expect(first.status).toBe(201);
      expect(first.body.worker).toMatchObject({
        worker: {
          worker_id: workerId,
          owner: { user_id: 7, guest_scope: null },
          workspace_ref: 'ws',
          adapter: 'in_memory',
          status: 'running',
          latest_seq: 1,
          metadata: { a: 1, b: 1 },
          stopped_at: null,
        },
        liveness: { heartbeat_state: 'fresh', heartbeat_stale_after_ms: 120_000 },
      });
      await stack().post(`/workers/${workerId}/stop`, { ...OWNER, reason: 'done' });
      const again = await stack().post('/workers', {
        worker_id: workerId,
        ...OWNER,
        adapter: 'codex',
        metadata: { b: 2 },
      });
      expect(again.status).toBe(201);
      expect(again.body.worker.worker).toMatchObject({
        status: 'running',
        workspace_ref: null,
        adapter: 'codex',
        metadata: { a: 1, b: 2 },
        latest_seq: 3,
        stopped_at: null,
      });
      const read = await stack().get(`/workers/${workerId}?owner_user_id=7`);
      expect(read.body.worker.worker).toEqual(again.body.worker.worker);
    });

    it('makes an ID, and the same one for the same key', async () => {
      const key = { 'idempotency-key': freshId('key') };
      const first = await stack().post('/workers', { owner_guest_scope: 'g' }, key);
      const again = await stack().post('/workers', { owner_guest_scope: ' g ' }, key);
      const { worker_id: workerId } = first.body.worker.worker;
      expect(workerId).toMatch(/^codexw_[0-9a-f-]{36}$/);
      expect(again.body.worker.worker.worker_id).toBe(workerId);
      expect(again.body).toMatchObject({ idempotent_replay: true, seq: 1 });
      const blank = await stack().post('/workers', { ...OWNER, worker_id: '  ' });
      expect(blank.body.worker.worker.worker_id).toMatch(/^codexw_[0-9a-f]{8}-[0-9a-f]{4}-7/);
    });

    it('beats, changes status and stops', async () => {
      const workerId = await registered('beats');
      const beat = await stack().post(`/workers/${workerId}/heartbeat`, {
        ...OWNER,
        metadata_patch: { load: 3 },
      });
      expect(beat.status).toBe(200);
      expect(beat.body.worker.worker.metadata).toEqual({ load: 3 });
      const stopping = await stack().post(`/workers/${workerId}/status`, {
        ...OWNER,
        status: 'stopping',
      });
      expect(stopping.body.worker.worker.status).toBe('stopping');
      const stop = await stack().post(`/workers/${workerId}/stop`, OWNER);
      expect(stop.body.worker).toMatchObject({
        worker: { status: 'stopped', latest_seq: 4 },
        liveness: { heartbeat_state: 'stopped' },
      });
      expect(stop.body.worker.worker.stopped_at).not.toBeNull();
      const late = await stack().post(`/workers/${workerId}/heartbeat`, OWNER);
      expect(late.body).toMatchObject({ status: 409, code: 'invalid_transition', from: 'stopped' });
    });

    it('refuses a status from which another cannot be reached', async () => {
      const workerId = await registered('order');
      await stack().post(`/workers/${workerId}/status`, { ...OWNER, status: 'failed' });
      const reply = await stack().post(`/workers/${workerId}/status`, {
        ...OWNER,
        status: 'stopped',
      });
      expect(reply.body).toMatchObject({ status: 409, from: 'failed', transition: 'stopped' });
    });

    it('belongs to its owner alone', async () => {
      const workerId = await registered('owned');
      const strangers = [
        { owner: { owner_user_id: 8 }, query: 'owner_user_id=8' },
        { owner: { owner_guest_scope: 'user:7' }, query: 'owner_guest_scope=user:7' },
      ];
      for (const { owner, query } of strangers) {
        expect((await stack().post(`/workers/${workerId}/heartbeat`, owner)).status).toBe(403);
        expect((await stack().post(`/workers/${workerId}/stop`, owner)).status).toBe(403);
        expect((await stack().post('/workers', { worker_id: workerId, ...owner })).status).toBe(
          403,
        );
        expect((await stack().get(`/workers/${workerId}?${query}`)).status).toBe(403);
        expect((await stack().get(`/workers/${workerId}/checkpoint?${query}`)).status).toBe(403);
        const list = await stack().get(`/workers?${query}`);
        expect(list.body.workers.map(({ worker }) => worker.worker_id)).not.toContain(workerId);
      }
    });

    it('says by receipt what may have become of a claim by somebody else', async () => {
      const workerId = await registered('strange');
      const asked = await stack().post(
        `/workers/${workerId}/heartbeat`,
        { owner_user_id: 8 },
        { prefer: 'respond-async' },
      );
      expect(asked.status).toBe(202);
      await stack().get(
        `/workers/${workerId}?owner_user_id=7&after=${asked.body.position}&wait=20s`,
      );
      const receipt = await stack().get(`/receipts/${asked.body.receipt}`);
      expect(receipt.body.state).toBe('unknown');
      expect(receipt.text).toContain('refused as forbidden');
    });

    it('needs exactly one owner, and a worker that is there', async () => {
      const both = { owner_user_id: 7, owner_guest_scope: 'g' };
      for (const owner of [{}, both, { owner_guest_scope: '  ' }]) {
        expect((await stack().post('/workers', owner)).status).toBe(400);
      }
      expect((await stack().post('/workers/nobody/heartbeat', OWNER)).status).toBe(404);
      expect((await stack().get('/workers/nobody?owner_user_id=7')).status).toBe(404);
      expect((await stack().get('/workers/nobody/checkpoint?owner_user_id=7')).status).toBe(404);
    });

    it('keeps an owner of one tenant apart from the same owner elsewhere', async () => {
      const workerId = freshId('tenant');
      const inside = { tenant: 't1', owner_user_id: 7 };
      await stack().post('/workers', { worker_id: workerId, ...inside });
      expect((await stack().post(`/workers/${workerId}/heartbeat`, inside)).status).toBe(200);
      expect((await stack().post(`/workers/${workerId}/heartbeat`, OWNER)).status).toBe(403);
      expect((await stack().get(`/workers/${workerId}?tenant=t1&owner_user_id=7`)).status).toBe(
        200,
      );
      const list = await stack().get('/workers?tenant=t1&owner_user_id=7');
      expect(list.body.workers.map(({ worker }) => worker.worker_id)).toEqual([workerId]);
    });

    it('lists the workers of an owner by status, and tells their checkpoint', async () => {
      const owner = { owner_guest_scope: freshId('scope') };
      const ids = [freshId('one'), freshId('two')];
      for (const workerId of ids) await stack().post('/workers', { worker_id: workerId, ...owner });
      await stack().post(`/workers/${ids[0]}/stop`, owner);
      const query = `owner_guest_scope=${owner.owner_guest_scope}`;
      const all = await stack().get(`/workers?${query}`);
      expect(new Set(all.body.workers.map(({ worker }) => worker.worker_id))).toEqual(new Set(ids));
      const stopped = await stack().get(`/workers?${query}&status=stopped`);
      expect(stopped.body.workers.map(({ worker }) => worker.worker_id)).toEqual([ids[0]]);
      const checkpoint = await stack().get(`/workers/${ids[0]}/checkpoint?${query}`);
      expect(checkpoint.body).toMatchObject({
        checkpoint: {
          topic: `worker:${ids[0]}:lifecycle`,
          last_seq: 2,
          last_event_type: 'worker.stopped',
        },
      });
    });
  });
}
