import { describe, expect, it } from 'vitest';
import { createRefoldClient, type RefoldClient } from './refold-client.js';
import { RefoldProblem, RefoldUnreachable } from './refold-problem.js';

/** A client that tries once, and what it sent: key and body in one text. */
function clientOf(answer: () => Response) {
  const sent: string[] = [];
  const client = createRefoldClient({
    url: 'http://refold.example',
    retry: { delayMsMin: 1, delayMsMax: 1, totalMsMax: 0 },
    fetch: async (_url, init) => {
      const key = new Headers(init?.headers).get('idempotency-key') ?? '';
      sent.push(`${key}\n${init?.body as string}`);
      return answer();
    },
  });
  return { client, sent };
}

const thrownBy = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('expected a refusal');
};

const unreachable = (): Response => {
  throw new TypeError('fetch failed');
};

const request = { owner_user_id: 7, method: 'm' };

describe('the keys of a write', () => {
  it('are told of a batch that was answered, so that its lines may be sent again', async () => {
    const passing = { line: 2, status: 503, problem: { code: 'log_unavailable' } };
    const body = { run_id: 'r', results: [{ line: 1, status: 201 }, passing], position: '3:17' };
    const { client, sent } = clientOf(() => Response.json(body));
    const events = [{ event_type: 'a', idempotency_key: 'one' }, { event_type: 'b' }];
    const { keys } = await client.appendEvents('r', events);
    expect(keys).toEqual(['one', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    await client.appendEvents(
      'r',
      events.map((event, at) => ({ ...event, idempotency_key: keys[at] ?? '' })),
    );
    expect(sent[1]).toBe(sent[0]);
  });

  it.each<[string, number, (client: RefoldClient) => Promise<unknown>]>([
    [
      'a batch',
      2,
      (client) => client.appendEvents('r', [{ event_type: 'a' }, { event_type: 'b' }]),
    ],
    ['an event', 1, (client) => client.appendEvent('r', { event_type: 'a' })],
    ['a run', 1, (client) => client.createRun({})],
    ['a frame', 1, (client) => client.appendFrame('r', { type: 'say', payload: {} })],
    ['a request', 1, (client) => client.requestWorker('w', request)],
    ['a named one', 1, (client) => client.requestWorker('w', { ...request, request_id: 'q' })],
  ])('are told of %s that is given up', async (_name, count, call) => {
    for (const [answer, kind] of [
      [() => new Response('{}', { status: 503 }), RefoldProblem],
      [unreachable, RefoldUnreachable],
    ] as const) {
      const { client, sent } = clientOf(answer);
      const error = await thrownBy(call(client));
      expect(error).toBeInstanceOf(kind);
      const { keys } = error as RefoldProblem | RefoldUnreachable;
      expect(keys).toHaveLength(count);
      for (const key of keys) expect(sent[0]).toContain(key);
    }
  });
});
