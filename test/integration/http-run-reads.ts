import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { Answer, OpenPorts } from './http-stack.js';

const sha256 = (value: JsonValue): string =>
  `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;

export function runReadTests(open: OpenPorts): void {
  describe('reading runs', () => {
    const stack = sharedStack(open);

    const runWith = async (name: string, deltas: number, more = {}): Promise<string> => {
      const runId = freshId(name);
      await stack().post('/runs', { run_id: runId, ...more });
      const events = Array.from({ length: deltas }, (_, n) => ({
        event_type: 'run.delta',
        payload: { text: `t${n}` },
      }));
      for (let at = 0; at < deltas; at += 500) {
        await stack().post(`/runs/${runId}/events`, events.slice(at, at + 500));
      }
      return runId;
    };

    it('pages through events without showing chunks', async () => {
      const runId = await runWith('pages', 599);
      const seqs: number[] = [];
      for (let after: string | null = '0'; after !== null;) {
        const page: Answer = await stack().get(
          `/runs/${runId}/events?after_seq=${after}&limit=173`,
        );
        seqs.push(...page.body.events.map(({ seq }) => seq));
        after = page.body.next_cursor;
      }
      expect(seqs).toEqual(Array.from({ length: 600 }, (_, n) => n + 1));
    });

    it('shows events inside the run when asked', async () => {
      const runId = await runWith('include', 3);
      const reply = await stack().get(`/runs/${runId}?include=events`);
      expect(reply.body.run).toMatchObject({ last_seq: 4, events_next_cursor: null });
      expect(reply.body.run.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      const long = await runWith('include-long', 1_100);
      const cut = await stack().get(`/runs/${long}?include=events`);
      expect(cut.body.run.events).toHaveLength(1_000);
      expect(cut.body.run.events_next_cursor).toBe('1000');
    });

    it('names the history, exactly as the events are shown', async () => {
      const runId = await runWith('receipt', 1_300, { metadata: { policy_bundle_id: 'p1' } });
      const reply = await stack().get(`/runs/${runId}/receipt`);
      const events: JsonValue[] = [];
      for (let after: string | null = '0'; after !== null;) {
        const page: Answer = await stack().get(
          `/runs/${runId}/events?after_seq=${after}&limit=200`,
        );
        for (const { seq, event_type, payload, idempotency_key, recorded_at } of page.body.events) {
          events.push({ seq, event_type, payload, idempotency_key, recorded_at });
        }
        after = page.body.next_cursor;
      }
      expect(reply.body).toMatchObject({
        schema: 'openagents.receipt.v1',
        session_id: runId,
        policy_bundle_id: 'p1',
        event_count: 1_301,
        first_seq: 1,
        last_seq: 1_301,
        tool_calls: [],
        verification: [],
      });
      expect(reply.body.trajectory_hash).toBe(sha256(events));
    });

    it('replays a run as lines', async () => {
      const runId = await runWith('replay', 700);
      await stack().post(`/runs/${runId}/events`, {
        event_type: 'run.finished',
        payload: { status: 'failed' },
      });
      const reply = await stack().get(`/runs/${runId}/replay`);
      expect(reply.headers['content-type']).toContain('application/x-ndjson');
      const lines = reply.text
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text) as Record<string, unknown>);
      expect(lines).toHaveLength(705);
      expect(lines[0]).toMatchObject({ type: 'ReplayHeader', replay_version: 1 });
      expect(lines[1]).toMatchObject({
        type: 'SessionStart',
        session_id: runId,
        policy_bundle_id: 'runtime.default',
      });
      expect(lines[3]).toMatchObject({
        type: 'RuntimeEvent',
        seq: 2,
        runtime_event_type: 'run.delta',
        payload: { text: 't0' },
        payload_hash: sha256({ text: 't0' }),
      });
      expect(lines.at(-1)).toMatchObject({
        type: 'SessionEnd',
        status: 'failure',
        confidence: 0,
        total_tool_calls: 0,
      });
    });

    it('says that nothing changed since', async () => {
      const runId = await runWith('etag', 1);
      const first = await stack().get(`/runs/${runId}`);
      const tag = String(first.headers['etag']);
      const same = await stack().get(`/runs/${runId}`, { 'if-none-match': tag });
      expect([same.status, same.text]).toEqual([304, '']);
      expect(same.headers['refold-position']).toBe(first.body.run.position);
      await stack().post(`/runs/${runId}/events`, { event_type: 'run.delta' });
      expect((await stack().get(`/runs/${runId}`, { 'if-none-match': tag })).status).toBe(200);
    });

    it('lists newest first, by status, worker and owner, page by page', async () => {
      const workerId = freshId('lister');
      const told: { id: string; created_at: string }[] = [];
      for (let n = 0; n < 7; n++) {
        const runId = freshId('listed');
        const made = await stack().post('/runs', {
          run_id: runId,
          worker_id: workerId,
          owner_user_id: n % 2 === 0 ? 41 : 42,
        });
        told.push(made.body.run);
      }
      const ids = told.map(({ id }) => id);
      for (const runId of ids.slice(0, 3)) {
        await stack().post(`/runs/${runId}/events`, {
          event_type: 'run.finished',
          payload: { status: 'succeeded' },
        });
      }
      const listed = async (query: string): Promise<string[]> => {
        const found: string[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const page: Answer = await stack().get(
            `/runs?limit=2&${query}${cursor === '' ? '' : `&cursor=${cursor}`}`,
          );
          expect(page.status).toBe(200);
          found.push(...page.body.runs.map(({ id }) => id));
          cursor = page.body.next_cursor;
        }
        return found;
      };
      // By what was told: two partitions need not give times in the order of the requests.
      const newest = told
        .sort(
          (a, b) => Date.parse(b.created_at) - Date.parse(a.created_at) || (a.id < b.id ? 1 : -1),
        )
        .map(({ id }) => id);
      const succeeded = new Set(ids.slice(0, 3));
      const of42 = new Set([ids[1], ids[3], ids[5]]);
      expect(await listed(`worker_id=${workerId}`)).toEqual(newest);
      expect(await listed(`worker_id=${workerId}&status=succeeded`)).toEqual(
        newest.filter((id) => succeeded.has(id)),
      );
      expect(await listed(`status=running&worker_id=${workerId}`)).toEqual(
        newest.filter((id) => !succeeded.has(id)),
      );
      expect(await listed(`owner_user_id=42&worker_id=${workerId}`)).toEqual(
        newest.filter((id) => of42.has(id)),
      );
      expect((await listed('')).filter((id) => ids.includes(id))).toEqual(newest);
      expect((await stack().get('/runs?worker_id=nobody')).body).toEqual({
        runs: [],
        next_cursor: null,
      });
    });

    it('lists the runs of one tenant, whoever owns them there', async () => {
      const tenant = freshId('acme');
      const mine = [
        await runWith('tenant', 0, { tenant, owner_user_id: 7 }),
        await runWith('tenant', 0, { tenant }),
      ];
      await runWith('tenant', 0, { tenant: freshId('other'), owner_user_id: 7 });
      await runWith('tenant', 0, { owner_user_id: 7 });
      const list = await stack().get(`/runs?tenant=${tenant}`);
      expect(new Set(list.body.runs.map(({ id }) => id))).toEqual(new Set(mine));
    });

    it('waits for a position, and says when it is not reached', async () => {
      const runId = await runWith('wait', 0);
      const asked = await stack().post(
        `/runs/${runId}/events`,
        { event_type: 'run.delta' },
        { prefer: 'respond-async' },
      );
      const read = await stack().get(`/runs/${runId}?after=${asked.body.position}&wait=20s`);
      expect(read.body.run.last_seq).toBe(2);
      const [partition] = asked.body.position.split(':');
      const ahead = await stack().get(`/runs/${runId}?after=${partition}:9999999&wait=20ms`);
      expect([ahead.status, ahead.body.code]).toEqual([503, 'catching_up']);
      expect(ahead.headers['retry-after']).toBe('1');
    });

    it('tells checkpoint and summary of a run', async () => {
      const runId = await runWith('summary', 2);
      const checkpoint = await stack().get(`/projectors/checkpoints/${runId}`);
      expect(checkpoint.body).toMatchObject({
        checkpoint: { topic: `run:${runId}:events`, last_seq: 3, last_event_type: 'run.delta' },
      });
      const summary = await stack().get(`/projectors/run-summary/${runId}`);
      const fields = { run_id: runId, status: 'running', last_seq: 3, event_count: 3 };
      expect(summary.body).toMatchObject({
        summary: { ...fields, projection_hash: sha256(fields) },
      });
    });

    it('tells how far every partition is folded', async () => {
      const runId = await runWith('projectors', 1);
      const reply = await stack().get('/projectors');
      expect(reply.body.projectors.map(({ projection }) => projection)).toEqual([
        'runs',
        'workers',
        'operations',
      ]);
      const [runs] = reply.body.projectors;
      expect(runs?.partitions).toHaveLength(4);
      const { position } = (await stack().get(`/runs/${runId}`)).body.run;
      const [partition, next] = position.split(':').map(Number);
      expect(runs?.partitions[partition ?? -1]).toMatchObject({
        partition,
        checkpoint: next,
        end: next,
        lag_events: 0,
        lag_seconds: 0,
        role: 'live',
        decider_version: 1,
        rules_from: 0,
        views: 'run@1',
      });
    });
  });
}
