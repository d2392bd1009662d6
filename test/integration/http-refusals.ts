import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts, RawRequest } from './http-stack.js';

const JSON_TYPE = { 'content-type': 'application/json' };

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** Bodies of `POST /runs` and what the first error names. */
const CREATE: [body: string, field: string, expected: RegExp][] = [
  ['', '', /an object/],
  ['[]', '', /an object/],
  ['{"run_id": false}', '/run_id', /a text/],
  ['{"run_id": ""}', '/run_id', /1-128 characters/],
  ['{"run_id": "a b"}', '/run_id', /1-128 characters/],
  ['{"worker_id": 7}', '/worker_id', /a text/],
  ['{"owner_user_id": "7"}', '/owner_user_id', /a number|an integer/],
  ['{"owner_user_id": 0}', '/owner_user_id', /at least|more than|positive/],
  ['{"owner_user_id": 1, "owner_guest_scope": "g"}', '/owner_guest_scope', /not both/],
  ['{"labels": {"a": 1}}', '/labels', /texts/],
  ['{"title": ["t"]}', '/title', /a text/],
  ['{"metadata": {"n": 9007199254740993}}', '/metadata/n', /2\^53-1/],
  [`{"metadata": ${deep(100)}}`, `/metadata${'/0'.repeat(63)}`, /levels of nesting/],
  ['{"runid": "typo"}', '/runid', /no member of this name/],
  ['{"__proto__": {"a": 1}}', '/__proto__', /no member of this name/],
];

/** Bodies of `POST /runs/:run_id/events`. */
const APPEND: [body: string, field: string, expected: RegExp][] = [
  ['7', '', /an object/],
  ['null', '', /an object/],
  ['{}', '/event_type', /a text/],
  ['{"event_type": "  "}', '/event_type', /not blank/],
  ['{"event_type": 1}', '/event_type', /a text/],
  ['{"event_type": "rules.changed"}', '/event_type', /reserved/],
  [
    '{"event_type": "run.delta", "expected_previous_seq": -1}',
    '/expected_previous_seq',
    /at least 0/,
  ],
  [
    '{"event_type": "run.delta", "expected_previous_seq": "1"}',
    '/expected_previous_seq',
    /a number|an integer/,
  ],
  ['{"event_type": "run.delta", "schema_version": 2}', '/schema_version', /this build knows/],
  ['{"event_type": "my.own", "schema_version": 2}', '/schema_version', /this build knows/],
  ['{"event_type": "run.delta", "seq": 4}', '/seq', /no member of this name/],
  ['{"event_type": "run.message", "payload": {"content": "x"}}', '/payload/role', /a text/],
  ['{"event_type": "run.finished"}', '/payload', /an object/],
  ['{"event_type": "run.finished", "payload": {"status": "ended"}}', '/payload/status', /one of/],
  ['{"event_type": "tool.call", "payload": {"tool_call_id": "a"}}', '/payload/tool_name', /a text/],
  ['{"event_type": "x", "payload": 1e400}', '/payload', /2\^53-1/],
];

export function refusalTests(open: OpenPorts): void {
  describe('refusals', () => {
    const stack = sharedStack(open);

    const post = (path: string, payload: string) =>
      stack().send({ method: 'POST', path: `/internal/v1${path}`, payload, headers: JSON_TYPE });

    /** Where every partition of the log ends: nothing that is refused here may be on it. */
    const logEnds = async (): Promise<(number | null)[]> => {
      const { body } = await stack().get('/projectors');
      return body.projectors.flatMap(({ partitions }) => partitions.map(({ end }) => end));
    };

    it.each(CREATE)('of a run: %s', async (payload, field, expected) => {
      const before = await logEnds();
      const reply = await post('/runs', payload);
      expect(reply.status).toBe(400);
      expect(reply.headers['content-type']).toContain('application/problem+json');
      expect(reply.body.errors[0]?.field).toBe(field);
      expect(reply.body.errors[0]?.expected).toMatch(expected);
      expect(reply.body).toMatchObject({ error: 'invalid_request', message: reply.body.detail });
      expect(await logEnds()).toEqual(before);
    });

    it.each(APPEND)('of an event: %s', async (payload, field, expected) => {
      const runId = freshId('bad');
      await stack().post('/runs', { run_id: runId });
      const reply = await post(`/runs/${runId}/events`, payload);
      expect(reply.status).toBe(400);
      expect(reply.body.errors[0]?.field).toBe(field);
      expect(reply.body.errors[0]?.expected).toMatch(expected);
      expect((await stack().get(`/runs/${runId}`)).body.run.last_seq).toBe(1);
    });

    const WRONG: [name: string, request: RawRequest, status: number, code: string][] = [
      [
        'JSON that breaks off',
        { method: 'POST', path: '/internal/v1/runs', payload: '{"a":', headers: JSON_TYPE },
        400,
        'invalid_json',
      ],
      [
        'bytes that are no UTF-8',
        {
          method: 'POST',
          path: '/internal/v1/runs',
          payload: Buffer.from([0x22, 0xff, 0x22]),
          headers: JSON_TYPE,
        },
        400,
        'invalid_json',
      ],
      [
        'another content type',
        {
          method: 'POST',
          path: '/internal/v1/runs',
          payload: 'a=1',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        },
        415,
        'unsupported_media_type',
      ],
      [
        'a method the path does not take',
        { method: 'DELETE', path: '/internal/v1/runs/r' },
        405,
        'method_not_allowed',
      ],
      ['a path that is none', { method: 'GET', path: '/internal/v1/rows' }, 404, 'not_found'],
      [
        'a run that is not there',
        { method: 'GET', path: '/internal/v1/runs/nobody' },
        404,
        'not_found',
      ],
      [
        'the events of a run that is not there',
        { method: 'GET', path: '/internal/v1/runs/nobody/events' },
        404,
        'not_found',
      ],
      [
        'an ID with a blank',
        { method: 'GET', path: '/internal/v1/runs/a%20b' },
        400,
        'invalid_request',
      ],
      [
        'a limit of 0',
        { method: 'GET', path: '/internal/v1/runs?limit=0' },
        400,
        'invalid_request',
      ],
      [
        'a limit in words',
        { method: 'GET', path: '/internal/v1/runs?limit=ten' },
        400,
        'invalid_request',
      ],
      [
        'a status that is none',
        { method: 'GET', path: '/internal/v1/runs?status=done' },
        400,
        'invalid_request',
      ],
      [
        'a cursor of somebody else',
        { method: 'GET', path: '/internal/v1/runs?cursor=abc' },
        400,
        'invalid_request',
      ],
      [
        'a position that is none',
        { method: 'GET', path: '/internal/v1/runs/r?after=x' },
        400,
        'invalid_request',
      ],
      [
        'a partition that is not there',
        { method: 'GET', path: '/internal/v1/runs/r?after=99:1' },
        400,
        'invalid_request',
      ],
      [
        'a query member that is not known',
        { method: 'GET', path: '/internal/v1/runs/r?include=all' },
        400,
        'invalid_request',
      ],
      [
        'a receipt that is none',
        { method: 'GET', path: '/internal/v1/receipts/abc' },
        400,
        'receipt_invalid',
      ],
      [
        'a worker without an owner',
        { method: 'GET', path: '/internal/v1/workers/w' },
        400,
        'invalid_request',
      ],
    ];

    it.each(WRONG)('of %s', async (_name, request, status, code) => {
      const reply = await stack().send(request);
      expect([reply.status, reply.body.code]).toEqual([status, code]);
      expect(reply.headers['content-type']).toContain('application/problem+json');
      expect(reply.body.detail).not.toBe('');
    });

    it('says which methods a path takes', async () => {
      const reply = await stack().send({ method: 'PUT', path: '/internal/v1/runs' });
      expect(reply.headers['allow']).toBe('GET, HEAD, POST, OPTIONS');
    });

    it('refuses events of a run that does not exist, and tells the ID of the claim', async () => {
      const reply = await stack().post(`/runs/${freshId('none')}/events`, {
        event_type: 'run.started',
      });
      expect(reply.body).toMatchObject({ status: 404, code: 'not_found' });
      expect(reply.body.event_id).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('refuses an event that is too large, and takes one that just fits', async () => {
      const runId = freshId('large');
      await stack().post('/runs', { run_id: runId });
      const event = (length: number) => ({
        event_type: 'run.delta',
        payload: { text: 'x'.repeat(length) },
      });
      const large = await stack().post(`/runs/${runId}/events`, event(262_144));
      expect(large.body).toMatchObject({
        status: 413,
        code: 'payload_too_large',
        max_bytes: 262_144,
      });
      const wide = { event_type: 'run.delta', payload: { text: '€'.repeat(100_000) } };
      expect((await stack().post(`/runs/${runId}/events`, wide)).status).toBe(413);
      expect((await stack().post(`/runs/${runId}/events`, event(261_000))).status).toBe(201);
    });

    it('refuses a body that is larger than any batch', async () => {
      const reply = await post('/runs/r/events', `"${'x'.repeat(9_000_000)}"`);
      expect([reply.status, reply.body.code]).toEqual([413, 'payload_too_large']);
    });
  });
}
