import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { Answer, OpenPorts } from './http-stack.js';

const FRAMES = 30;
const RUNS = 10;
const CANCELS = 3;
const HEARTBEATS = 140;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** What the original's load suite asked of writes. */
export function burstTests(open: OpenPorts): void {
  describe('bursts', () => {
    const stack = sharedStack(open);

    const eventsOf = async (runId: string) =>
      (await stack().get(`/runs/${runId}/events?limit=200`)).body.events;

    it('takes 30 frames at once and the one that completes the run', async () => {
      const runId = freshId('frame-burst');
      await stack().post('/runs', { run_id: runId });
      const path = `/runs/${runId}/frames`;
      const replies = await Promise.all(
        upTo(FRAMES).map((n) =>
          stack().post(path, { frame_id: `f${n}`, type: 'say', payload: { text: `t${n}` } }),
        ),
      );
      const complete = { frame_id: 'end', type: 'complete', payload: {} };
      const last = await stack().post(path, complete);
      expect([...replies, last].map(({ status }) => status)).toEqual(Array(FRAMES + 1).fill(201));
      expect(last.body.run).toEqual({ id: runId, status: 'succeeded', last_seq: FRAMES + 2 });
      const events = await eventsOf(runId);
      expect(events.map(({ seq }) => seq)).toEqual(upTo(FRAMES + 2).map((n) => n + 1));
      const told = replies.map(({ body }) => body.seq);
      for (const n of upTo(FRAMES)) {
        const event = events.find(({ seq }) => seq === told[n]);
        expect(event?.payload).toMatchObject({ frame_id: `f${n}`, text: `t${n}` });
      }
    });

    /** Runs the run: finishes it once it is asked to stop, as often as it is told to. */
    const cancelAndFinish = async (runId: string): Promise<Answer[]> => {
      const asked = await stack().post(`/runs/${runId}/cancel`, { reason: 'storm' });
      const finish = { event_type: 'run.finished', payload: { status: 'canceled' } };
      const key = { 'idempotency-key': 'canceled' };
      return [asked, await stack().post(`/runs/${runId}/events`, finish, key)];
    };

    it('cancels each of 10 runs once, whoever asks how often', async () => {
      const runIds = upTo(RUNS).map((n) => freshId(`storm-${n}`));
      await Promise.all(runIds.map((runId) => stack().post('/runs', { run_id: runId })));
      const replies = await Promise.all(
        runIds.flatMap((runId) => upTo(CANCELS).map(() => cancelAndFinish(runId))),
      );
      for (const [asked, finished] of replies) {
        expect([200, 201]).toContain(asked?.status);
        expect(finished?.status).toBe(201);
      }
      for (const runId of runIds) {
        const events = await eventsOf(runId);
        expect(events.filter(({ event_type: type }) => type === 'run.finished')).toHaveLength(1);
        expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length).map((n) => n + 1));
        const { run } = (await stack().get(`/runs/${runId}`)).body;
        expect(run).toMatchObject({ status: 'canceled', finished: { status: 'canceled' } });
      }
    });

    it('takes 140 heartbeats, and the checkpoint is the worker', async () => {
      const workerId = freshId('beats');
      const owner = { owner_user_id: 7 };
      await stack().post('/workers', { worker_id: workerId, ...owner });
      const replies = await Promise.all(
        upTo(HEARTBEATS).map((n) =>
          stack().post(`/workers/${workerId}/heartbeat`, { ...owner, metadata_patch: { n } }),
        ),
      );
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(replies.map(({ body }) => body.seq)).size).toBe(HEARTBEATS);
      const query = 'owner_user_id=7';
      const checkpoint = await stack().get(`/workers/${workerId}/checkpoint?${query}`);
      const worker = await stack().get(`/workers/${workerId}?${query}`);
      expect(worker.body.worker.worker.latest_seq).toBe(HEARTBEATS + 1);
      expect(checkpoint.body).toMatchObject({
        checkpoint: { last_seq: HEARTBEATS + 1, last_event_type: 'worker.heartbeat' },
      });
      const { projectors } = (await stack().get('/projectors')).body;
      const lags = projectors.flatMap(({ partitions }) => partitions.map((p) => p.lag_events));
      expect(new Set(lags)).toEqual(new Set([0]));
    });
  });
}
