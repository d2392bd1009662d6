import { expect, it } from 'vitest';
import type { Call, Transport } from './transport.js';
import { workerCalls } from './workers.js';

const owner = { owner_user_id: 7 };

const event = (seq: number, type: string, payload: unknown) => ({ seq, event_type: type, payload });

/** The calls over a server that has one page of events for every time it is asked. */
function scripted(...pages: object[][]) {
  const asked: Call['query'][] = [];
  const slept: number[] = [];
  const transport: Transport = {
    text: () => Promise.reject(new Error('no text is asked for')),
    json({ query }: Call) {
      asked.push(query);
      const body: unknown = { events: pages.shift() ?? [], next_cursor: null };
      return Promise.resolve({ status: 200, position: null, body: body as never });
    },
  };
  const tools = {
    nowMs: () => slept.reduce((sum, ms) => sum + ms, 0),
    random: () => 1,
    sleep: (ms: number) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
  return { calls: workerCalls(transport, tools), asked, slept };
}

it('waits behind the request for its answer, and takes that of no other', async () => {
  const answer = event(7, 'worker.error', { request_id: 'q' });
  const { calls, asked, slept } = scripted(
    [event(5, 'worker.response', { request_id: 'other' }), event(6, 'worker.event', null)],
    [],
    [answer],
  );
  expect(await calls.waitForAnswer('w', owner, { request_id: 'q', seq: 4 })).toBe(answer);
  expect(slept).toEqual([50, 100]);
  expect(asked.map((query) => query?.['after_seq'])).toEqual([4, 6, 6]);
});

it('waits for an answer no longer than it may', async () => {
  const { calls, slept } = scripted();
  expect(await calls.waitForAnswer('w', owner, { request_id: 'q' }, { msMax: 200 })).toBeNull();
  expect(slept).toEqual([50, 100]);
});
