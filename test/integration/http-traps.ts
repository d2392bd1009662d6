import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts, RawRequest } from './http-stack.js';

const OWNER = { owner_user_id: 7 };
const JSON_TYPE = { 'content-type': 'application/json' };

/** Refusals of the router, the parser, the door, the rules and the reader. */
const REFUSED: [what: string, status: number, request: RawRequest][] = [
  ['no route', 404, { method: 'GET', path: '/nowhere' }],
  ['a wrong method', 405, { method: 'DELETE', path: '/internal/v1/runs' }],
  ['no JSON', 400, { method: 'POST', path: '/internal/v1/runs', payload: '{', headers: JSON_TYPE }],
  [
    'a wrong type',
    400,
    { method: 'POST', path: '/internal/v1/runs', payload: '{"run_id":7}', headers: JSON_TYPE },
  ],
  [
    'a wrong media type',
    415,
    {
      method: 'POST',
      path: '/internal/v1/runs',
      payload: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
  ],
  ['a bad ID', 400, { method: 'GET', path: '/internal/v1/runs/a%20b' }],
  ['a bad query', 400, { method: 'GET', path: '/internal/v1/runs?limit=many' }],
  ['an unknown run', 404, { method: 'GET', path: '/internal/v1/runs/nobody' }],
  ['a bad receipt', 400, { method: 'GET', path: '/internal/v1/receipts/x' }],
  [
    'the rules',
    404,
    {
      method: 'POST',
      path: '/internal/v1/runs/nobody/events',
      payload: '{"event_type":"run.delta"}',
      headers: JSON_TYPE,
    },
  ],
];

/** Where the original went wrong and no other suite looks; docs/parity.md has the whole list. */
export function trapTests(open: OpenPorts): void {
  describe('what the original got wrong', () => {
    const stack = sharedStack(open);

    const started = async (name: string): Promise<string> => {
      const runId = freshId(name);
      await stack().post('/runs', { run_id: runId });
      return runId;
    };

    it('answers a write in the same few bytes, however long the history is', async () => {
      const runId = await started('short');
      const path = `/runs/${runId}/events`;
      const event = { event_type: 'run.delta', payload: { text: 'x'.repeat(200) } };
      const first = await stack().post(path, event);
      await stack().post(path, Array<unknown>(500).fill(event));
      const last = await stack().post(path, event);
      expect(last.body.seq).toBe(503);
      expect(last.text.length).toBeLessThan(first.text.length + 16);
      expect(last.text).not.toContain('xxx');
      const run = await stack().get(`/runs/${runId}`);
      expect(run.body.run).not.toHaveProperty('events');
    });

    it('tells a heartbeat by its own name', async () => {
      const workerId = freshId('named');
      await stack().post('/workers', { worker_id: workerId, ...OWNER });
      await stack().post(`/workers/${workerId}/heartbeat`, OWNER);
      await stack().post(`/workers/${workerId}/status`, { ...OWNER, status: 'running' });
      const { body } = await stack().get(`/workers/${workerId}/events?owner_user_id=7`);
      expect(body.events.map(({ event_type: type }) => type)).toEqual([
        'worker.started',
        'worker.heartbeat',
        'worker.running',
      ]);
    });

    it('sums a run up as the verdict that was just told', async () => {
      const runId = await started('summed');
      const summary = async () => {
        const reply = await stack().get(`/projectors/run-summary/${runId}`);
        return (reply.body as unknown as { summary: Record<string, unknown> }).summary;
      };
      const steps: [event: object, status: string][] = [
        [{ event_type: 'run.cancel_requested' }, 'canceling'],
        [{ event_type: 'run.finished', payload: { status: 'failed' } }, 'failed'],
      ];
      for (const [event, status] of steps) {
        const told = await stack().post(`/runs/${runId}/events`, event);
        expect(told.body.run.status).toBe(status);
        expect(await summary()).toMatchObject({
          status,
          last_seq: told.body.seq,
          event_count: told.body.seq,
        });
      }
    });

    describe('an error', () => {
      it.each(REFUSED)('has one form, whoever refuses: %s', async (_what, status, request) => {
        const reply = await stack().send(request);
        expect(reply.status).toBe(status);
        expect(reply.headers['content-type']).toContain('application/problem+json');
        const text = expect.stringMatching(/./) as string;
        expect(reply.body).toMatchObject({
          status,
          type: `urn:refold:problem:${reply.body.code}`,
          title: text,
          code: text,
          error: text,
          message: reply.body.detail,
          request_id: text,
        });
      });
    });
  });
}
