import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { Answer, OpenPorts } from './http-stack.js';

interface NewEvent {
  event_type: string;
  payload?: unknown;
}

const finish = (status: string): NewEvent => ({ event_type: 'run.finished', payload: { status } });

/** How a run gets from its start to each status. */
const PATHS: Record<string, NewEvent[]> = {
  running: [],
  canceling: [{ event_type: 'run.cancel_requested' }],
  canceled: [finish('canceled')],
  succeeded: [finish('succeeded')],
  failed: [finish('failed')],
};

const EVENTS: Record<string, NewEvent> = {
  start: { event_type: 'run.started' },
  request_cancel: { event_type: 'run.cancel_requested' },
  finish_succeeded: finish('succeeded'),
  finish_failed: finish('failed'),
  finish_canceled: finish('cancelled'),
};

/** What follows; `-` is refused. A run that HTTP creates is never `created`: that leaves 25 of 30 pairs. */
const TABLE = `
from       start    request_cancel  finish_succeeded  finish_failed  finish_canceled
running    running  canceling       succeeded         failed         canceled
canceling  -        canceling       -                 failed         canceled
canceled   -        -               -                 -              canceled
succeeded  -        -               succeeded         -              -
failed     -        -               -                 failed         -
`;

const [header = '', ...rows] = TABLE.trim().split('\n');
const transitions = header.split(/\s+/).slice(1);
const pairs = rows.flatMap((row) => {
  const [from = '', ...cells] = row.split(/\s+/);
  return cells.map((to, i) => ({ from, transition: transitions[i] ?? '', to }));
});

export function transitionTests(open: OpenPorts): void {
  describe('transitions', () => {
    const stack = sharedStack(open);

    const append = (runId: string, event: NewEvent): Promise<Answer> =>
      stack().post(`/runs/${runId}/events`, event);

    it('are 25 pairs', () => {
      expect(pairs).toHaveLength(25);
    });

    it.each(pairs)('$from + $transition = $to', async ({ from, transition, to }) => {
      const runId = freshId('pair');
      await stack().post('/runs', { run_id: runId });
      const path = PATHS[from] ?? [];
      for (const event of path) expect((await append(runId, event)).status).toBe(201);
      const reply = await append(runId, EVENTS[transition] ?? finish('?'));
      const lastSeq = 1 + path.length;
      if (to === '-') {
        expect(reply.status).toBe(409);
        expect(reply.body).toMatchObject({
          code: 'invalid_transition',
          error: 'invalid_request',
          from,
          transition,
        });
      } else {
        expect(reply.status).toBe(201);
        expect(reply.body.run).toEqual({ id: runId, status: to, last_seq: lastSeq + 1 });
      }
      const read = await stack().get(`/runs/${runId}`);
      const expected =
        to === '-' ? { status: from, last_seq: lastSeq } : { status: to, last_seq: lastSeq + 1 };
      expect(read.body.run).toMatchObject(expected);
    });

    it('keeps an event that comes after the end, marks it late and leaves the status alone', async () => {
      const runId = freshId('late');
      await stack().post('/runs', { run_id: runId });
      await append(runId, finish('failed'));
      const late = await append(runId, {
        event_type: 'tool.result',
        payload: { tool_call_id: 'c', output: 1 },
      });
      expect(late.body.run).toEqual({ id: runId, status: 'failed', last_seq: 3 });
      const events = await stack().get(`/runs/${runId}/events?after_seq=2`);
      expect(events.body.events[0]).toMatchObject({ seq: 3, late: true });
    });
  });
}
