import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { Answer, OpenPorts } from './http-stack.js';

export function batchTests(open: OpenPorts): void {
  describe('batches', () => {
    const stack = sharedStack(open);

    const started = async (name: string): Promise<string> => {
      const runId = freshId(name);
      await stack().post('/runs', { run_id: runId });
      return runId;
    };

    const sendLines = (runId: string, lines: string[], headers = {}): Promise<Answer> =>
      stack().send({
        method: 'POST',
        path: `/internal/v1/runs/${runId}/events`,
        payload: lines.join('\n'),
        headers: { 'content-type': 'application/x-ndjson', ...headers },
      });

    const delta = (text: string, more = {}) =>
      JSON.stringify({ event_type: 'run.delta', payload: { text }, ...more });

    it('answers one verdict a line, in order, and goes on after a refused line', async () => {
      const runId = await started('lines');
      const reply = await sendLines(runId, [
        delta('a', { idempotency_key: 'a' }),
        '{"event_type": "run.finished", "payload": {"status": "done"}}',
        'not json',
        delta('b', { expected_previous_seq: 7 }),
        delta('a', { idempotency_key: 'a' }),
        delta('c'),
        '',
      ]);
      expect(reply.status).toBe(200);
      expect(reply.body.results.map(({ line, status }) => [line, status])).toEqual([
        [1, 201],
        [2, 400],
        [3, 400],
        [4, 409],
        [5, 201],
        [6, 201],
      ]);
      const [first, second, third, fourth, fifth, sixth] = reply.body.results;
      expect(first).toMatchObject({ verdict: 'accepted', seq: 2, idempotent_replay: false });
      expect(second?.problem).toMatchObject({
        code: 'invalid_data',
        errors: [{ field: '/payload/status' }],
      });
      expect(third?.problem?.code).toBe('invalid_json');
      expect(fourth?.problem).toMatchObject({ code: 'sequence_conflict', actual_seq: 2 });
      expect(fifth).toMatchObject({ verdict: 'duplicate', seq: 2, idempotent_replay: true });
      expect(sixth).toMatchObject({ verdict: 'accepted', seq: 3 });
      expect(reply.body.position).toBe(sixth?.position);
      const events = await stack().get(
        `/runs/${runId}/events?after_seq=1&after=${reply.body.position}&wait=5s`,
      );
      expect(events.body.events.map(({ payload }) => payload)).toEqual([
        { text: 'a' },
        { text: 'c' },
      ]);
    });

    it('takes a JSON array, and repeats it without adding anything', async () => {
      const runId = await started('array');
      const events = Array.from({ length: 200 }, (_, n) => ({
        event_type: 'run.delta',
        payload: { text: String(n) },
        idempotency_key: `k${n}`,
      }));
      const first = await stack().post(`/runs/${runId}/events`, events);
      expect(first.body.results.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 2));
      const again = await stack().post(`/runs/${runId}/events`, events);
      expect(again.body.results.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 2));
      expect(again.body.results.every(({ verdict }) => verdict === 'duplicate')).toBe(true);
      expect((await stack().get(`/runs/${runId}`)).body.run.last_seq).toBe(201);
    });

    it('answers receipts when asked not to wait', async () => {
      const runId = await started('receipts');
      const reply = await sendLines(runId, [delta('a'), delta('b')], { prefer: 'respond-async' });
      expect(reply.headers['preference-applied']).toBe('respond-async');
      expect(reply.body.results.map(({ status, verdict }) => [status, verdict])).toEqual([
        [202, 'pending'],
        [202, 'pending'],
      ]);
      await stack().get(`/runs/${runId}?after=${reply.body.position}&wait=20s`);
      const receipts = await Promise.all(
        reply.body.results.map(({ receipt }) => stack().get(`/receipts/${receipt}`)),
      );
      expect(receipts.map(({ body }) => [body.state, body.seq])).toEqual([
        ['accepted', 2],
        ['accepted', 3],
      ]);
    });

    it('refuses what is no batch as a whole, and publishes nothing of it', async () => {
      const runId = await started('whole');
      const none = await stack().post(`/runs/${runId}/events`, []);
      expect(none.status).toBe(400);
      const broken = await sendLines(runId, ['nothing', 'here']);
      expect(broken.body).toMatchObject({ status: 400, code: 'invalid_json' });
      const keyed = await sendLines(runId, [delta('a')], { 'idempotency-key': 'k' });
      expect(keyed.body.errors[0]?.field).toBe('Idempotency-Key');
      const large = await sendLines(runId, Array(1_001).fill(delta('a')) as string[]);
      expect(large.body).toMatchObject({ status: 413, max_lines: 1_000 });
      expect((await stack().get(`/runs/${runId}`)).body.run.last_seq).toBe(1);
    });

    it('takes as many events as it says', async () => {
      const runId = await started('full');
      const reply = await sendLines(
        runId,
        Array.from({ length: 1_000 }, (_, n) => delta(String(n))),
      );
      expect(reply.body.results.map(({ seq }) => seq)).toEqual(
        Array.from({ length: 1_000 }, (_, n) => n + 2),
      );
    });
  });
}
