import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { Answer, OpenPorts } from './http-stack.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const OWNER = 'owner_user_id=7';

/** Payloads that are read back byte for byte, written as we write JSON. */
const KEPT: [name: string, text: string][] = [
  ['members that JavaScript has its own use for', '{"__proto__":{"a":1},"constructor":{"prototype":null},"toString":0,"hasOwnProperty":{}}'], // prettier-ignore
  ['such members, deep down and in arrays', '{"a":[{"__proto__":[{"__proto__":null}]}]}'],
  ['such a member with a text', '{"__proto__":"text"}'],
  ['the empty name', '{"":{"":""}}'],
  ['unpaired surrogates', '{"text":"\\ud800","\\udfff":["\\udc00\\ud800"]}'],
  ['control characters', '{"text":"\\u0000\\u001f\u007f","\\u0000":"\\b\\f\\n\\r\\t"}'],
  ['separators that scripts trip over', '{"text":"\u2028\u2029\ufeff\u0085"}'],
  ['letters of every length', '{"text":"aéह€한𐍈🙂👨‍👩‍👧","\uffff":"\u{10ffff}"}'],
  ['the largest and the smallest exact numbers', '[9007199254740991,-9007199254740991,5e-324,0.1]'],
  ['64 levels', `${'['.repeat(64)}${']'.repeat(64)}`],
  ['nothing', 'null'],
  ['a text of its own', '"\\u0000\\ud800"'],
];

/** Payloads whose text changes and whose value, to the precision of a double, does not. */
const SAME_VALUE: [name: string, text: string, read: string][] = [
  ['white space and escapes', '{ "\\u0061" : "\\/\\u00E9" }', '{"a":"/é"}'],
  ['numbers written otherwise', '[1.0,1e2,-0,100E-2]', '[1,100,0,1]'],
  ['more digits than a double has', '[0.1000000000000000055511151231257827]', '[0.1]'],
  ['less than a double has', '[1e-400]', '[0]'],
  ['names that are numbers', '{"b":1,"2":2,"1":3}', '{"1":3,"2":2,"b":1}'],
  ['a name told twice: the last counts', '{"a":1,"a":2}', '{"a":2}'],
];

/** Bodies of an event, as they are sent, that are refused, and where. */
const REFUSED: [name: string, body: string | Buffer, field: string | null][] = [
  ['infinity', '{"event_type":"x","payload":{"n":1e400}}', '/payload/n'],
  ['2^53', '{"event_type":"x","payload":{"n":[9007199254740992]}}', '/payload/n/0'],
  ['-2^53', '{"event_type":"x","payload":-9007199254740992}', '/payload'],
  ['a very long number', `{"event_type":"x","payload":${'9'.repeat(100_000)}}`, '/payload'],
  ['2^53 under a name of JavaScript', '{"event_type":"x","payload":{"__proto__":9007199254740992}}', '/payload/__proto__'], // prettier-ignore
  ['65 levels', `{"event_type":"x","payload":${'['.repeat(65)}${']'.repeat(65)}}`, `/payload${'/0'.repeat(64)}`], // prettier-ignore
  ['a member of no name of ours', '{"event_type":"x","__proto__":{"payload":1}}', '/__proto__'],
  ['a byte order mark', '\ufeff{"event_type":"x"}', null],
  ['no UTF-8', Buffer.from('{"event_type":"\xff"}', 'latin1'), null],
  ['an overlong slash', Buffer.from('{"event_type":"\xc0\xaf"}', 'latin1'), null],
  ['a surrogate in UTF-8', Buffer.from('{"event_type":"\xed\xa0\x80"}', 'latin1'), null],
  ['beyond the last letter', Buffer.from('{"event_type":"\xf4\x90\x80\x80"}', 'latin1'), null],
  ['a NUL that is not escaped', '{"event_type":"x\u0000"}', null],
  ['an escape of JavaScript', '{"event_type":"\\x41"}', null],
  ['an escape that is too long', '{"event_type":"\\u{41}"}', null],
  ['NaN', '{"event_type":"x","payload":NaN}', null],
  ['a number with a leading zero', '{"event_type":"x","payload":01}', null],
  ['two values', '{"event_type":"x"}{}', null],
];

/** Writes whose name UTF-8 cannot carry, or no header and no line of a log, and where it stands. */
const UNNAMEABLE: [path: string, body: string, field: string][] = [
  ['/runs', '{"owner_guest_scope":"g\\ud800"}', '/owner_guest_scope'],
  ['/runs', '{"thread_id":"t\\u0000"}', '/thread_id'],
  ['/runs', '{"labels":{"a\\udfff":"b"}}', '/labels'],
  ['/runs', '{"idempotency_key":"k\\u0085"}', '/idempotency_key'],
  ['/runs/RUN/events', '{"event_type":"a\\ud800"}', '/event_type'],
  ['/runs/RUN/frames', '{"frame_id":"f\\ud800","type":"a","payload":{}}', '/frame_id'],
  ['/runs/RUN/cancel', '{"thread_id":"a\\nb"}', '/thread_id'],
  ['/workers', '{"owner_guest_scope":"\\ud801"}', '/owner_guest_scope'],
  ['/workers', '{"owner_user_id":7,"workspace_ref":"w\\u007f"}', '/workspace_ref'],
];

/** What is posted is read back, or refused with its place; nothing is lost on the way. */
export function fidelityTests(open: OpenPorts): void {
  describe('what is posted', () => {
    const stack = sharedStack(open);

    const send = (path: string, payload: string | Buffer): Promise<Answer> =>
      stack().send({ method: 'POST', path: `/internal/v1${path}`, payload, headers: JSON_TYPE });

    const startedRun = async (): Promise<string> => {
      const runId = freshId('exact');
      expect((await stack().post('/runs', { run_id: runId })).status).toBe(201);
      return runId;
    };

    const readBack = async (text: string): Promise<string | undefined> => {
      const runId = await startedRun();
      const sent = await send(
        `/runs/${runId}/events`,
        `{"event_type":"any.thing","payload":${text}}`,
      );
      expect(sent.status).toBe(201);
      const page = await stack().get(`/runs/${runId}/events?after_seq=1`);
      return /"payload":(.*),"idempotency_key":/s.exec(page.text)?.[1];
    };

    it.each(KEPT)('is read back byte for byte: %s', async (_name, text) => {
      expect(await readBack(text)).toBe(text);
    });

    it.each(SAME_VALUE)('is read back as the same value: %s', async (_name, text, read) => {
      expect(await readBack(text)).toBe(read);
    });

    it.each(REFUSED)('is refused: %s', async (_name, body, field) => {
      const runId = await startedRun();
      const reply = await send(`/runs/${runId}/events`, body);
      expect(reply.status).toBe(400);
      if (field === null) expect(reply.body.code).toBe('invalid_json');
      else expect(reply.body.errors[0]?.field).toBe(field);
      expect((await stack().get(`/runs/${runId}`)).body.run.last_seq).toBe(1);
    });

    it.each(UNNAMEABLE)('is refused for its name: %s %s', async (path, body, field) => {
      const reply = await send(path.replace('RUN', await startedRun()), body);
      expect(reply.status).toBe(400);
      expect(reply.body.errors).toEqual([
        { field, expected: expect.stringContaining('control characters') as string },
      ]);
    });

    it('is found by a name of its own, whatever letters that has', async () => {
      for (const scope of ['g🏃', 'g🏄', 'gé']) {
        const runId = freshId('exact');
        const body = { run_id: runId, owner_guest_scope: `${runId}-${scope}` };
        expect((await stack().post('/runs', body)).status).toBe(201);
        const query = encodeURIComponent(body.owner_guest_scope);
        const { body: page } = await stack().get(`/runs?owner_guest_scope=${query}`);
        expect(page.runs.map(({ id }) => id)).toEqual([runId]);
      }
    });

    it('is read back in lines of a batch', async () => {
      const runId = await startedRun();
      const line = '{"event_type":"any.thing","payload":{"__proto__":["\\ud800\\u0000"]}}';
      const sent = await stack().send({
        method: 'POST',
        path: `/internal/v1/runs/${runId}/events`,
        payload: `${line}\n\ufeff${line}\n${line}\n`,
        headers: { 'content-type': 'application/x-ndjson' },
      });
      expect(sent.body.results.map(({ status }) => status)).toEqual([201, 400, 201]);
      const page = await stack().get(`/runs/${runId}/events?after_seq=1`);
      expect(page.text.match(/"payload":\{"__proto__":\["\\ud800\\u0000"\]\}/g)).toHaveLength(2);
    });

    it('is read back from metadata and labels of a run', async () => {
      const runId = freshId('exact');
      const metadata = '{"__proto__":{"a":1},"constructor":"\\ud800\\u0000"}';
      const labels = '{"__proto__":"x","constructor":"\\udfff"}';
      const sent = await send(
        '/runs',
        `{"run_id":"${runId}","metadata":${metadata},"labels":${labels}}`,
      );
      expect(sent.status).toBe(201);
      const { text } = await stack().get(`/runs/${runId}`);
      expect(text).toContain(`"metadata":${metadata}`);
      expect(text).toContain(`"labels":${labels}`);
    });

    it('is merged into the metadata of a worker member by member', async () => {
      const workerId = freshId('exact');
      const register = `{"worker_id":"${workerId}","owner_user_id":7,"metadata":{"__proto__":{"a":1},"b":2}}`;
      expect((await send('/workers', register)).status).toBe(201);
      const patch =
        '{"owner_user_id":7,"metadata_patch":{"__proto__":{"c":3},"constructor":"\\ud800"}}';
      expect((await send(`/workers/${workerId}/heartbeat`, patch)).status).toBe(200);
      const { text } = await stack().get(`/workers/${workerId}?${OWNER}`);
      expect(text).toContain('"metadata":{"__proto__":{"c":3},"b":2,"constructor":"\\ud800"}');
    });
  });
}
