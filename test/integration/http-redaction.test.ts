import { RECORD_BYTES_MAX } from '@refold/contracts';
import { createRedactionPolicy, redact, STRUCTURAL_MEMBERS } from '@refold/redaction';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';

/** Put together here, so that no scanner takes it for a real one. */
const KEY = ['ghp', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6'].join('_');

describe('redaction at the door, over HTTP', () => {
  const stack = sharedStack(openMemoryPorts);

  const started = async (name: string, body = {}): Promise<string> => {
    const runId = freshId(name);
    expect((await stack().post('/runs', { run_id: runId, ...body })).status).toBe(201);
    return runId;
  };
  const everything = async (runId: string): Promise<string> => {
    const paths = [`/runs/${runId}`, `/runs/${runId}/events`, `/runs/${runId}/replay`];
    const replies = await Promise.all(paths.map((path) => stack().get(path)));
    return replies.map(({ text }) => text).join('\n');
  };

  it('stores no secret of an event, a run or a batch, and shows what stood there', async () => {
    const runId = await started('secret', {
      title: `Debug ${KEY}`,
      metadata: { api_key: 'plain', to: 'alice@example.com' },
      labels: { owner: 'alice@example.com' },
    });
    const event = { event_type: 'run.message', payload: { role: 'user', content: `use ${KEY}` } };
    await stack().post(`/runs/${runId}/events`, event);
    await stack().post(`/runs/${runId}/events`, [event, { event_type: 'my.own', payload: KEY }]);
    await stack().post(`/runs/${runId}/cancel`, { reason: `leaked ${KEY}` });
    const shown = await everything(runId);
    expect(shown).not.toContain(KEY);
    expect(shown).not.toContain('alice@');
    const { body } = await stack().get(`/runs/${runId}`);
    expect(body.run).toMatchObject({
      title: 'Debug [REDACTED]',
      metadata: { api_key: '[REDACTED]', to: '[REDACTED_EMAIL]' },
      labels: { owner: '[REDACTED_EMAIL]' },
    });
    expect(shown).toContain('use [REDACTED]');
    expect(shown).toContain('leaked [REDACTED]');
  });

  it('refuses a secret where an identifier or a state is expected, and stores none of a workspace', async () => {
    const run = await stack().post('/runs', { run_id: freshId('named'), worker_id: KEY });
    expect([run.status, run.body.errors]).toEqual([
      400,
      [expect.objectContaining({ field: '/worker_id' })],
    ]);
    const runId = await started('structural');
    const payload = { role: KEY, content: 'x' };
    const event = await stack().post(`/runs/${runId}/events`, {
      event_type: 'run.message',
      payload,
    });
    expect(event.status).toBe(400);
    expect(event.text).not.toContain(KEY);
    const workerId = freshId('workspace');
    const workspace_ref = `https://bot:${KEY}@git.example/acme/web`;
    await stack().post('/workers', { worker_id: workerId, owner_user_id: 7, workspace_ref });
    const { body, text } = await stack().get(`/workers/${workerId}?owner_user_id=7`);
    expect(text).not.toContain(KEY);
    expect(body.worker.worker.workspace_ref).toBe('https://bot:[REDACTED]@git.example/acme/web');
  });

  it('stores no secret of a worker', async () => {
    const workerId = freshId('worker');
    const owner = { owner_user_id: 7 };
    await stack().post('/workers', { worker_id: workerId, ...owner, metadata: { token: 'abc' } });
    const patch = { metadata_patch: { note: `Bearer ${KEY}` } };
    await stack().post(`/workers/${workerId}/heartbeat`, { ...owner, ...patch });
    await stack().post(`/workers/${workerId}/stop`, { ...owner, reason: `key ${KEY}` });
    const { body, text } = await stack().get(`/workers/${workerId}?owner_user_id=7`);
    expect(text).not.toContain(KEY);
    expect(body.worker.worker.metadata).toEqual({
      token: '[REDACTED]',
      note: 'Bearer [REDACTED]',
    });
  });

  it('stores no secret of a frame or of a request to a worker, and knows both again', async () => {
    const runId = await started('frame');
    const frame = { frame_id: 'f', type: 'say', payload: { text: `use ${KEY}`, api_key: 'abc' } };
    const owner = { owner_user_id: 7 };
    const workerId = freshId('asked');
    await stack().post('/workers', { worker_id: workerId, ...owner });
    const request = { ...owner, request_id: 'q', method: 'login', params: { password: 'abc' } };
    const told: string[] = [];
    for (let times = 0; times < 2; times++) {
      const framed = await stack().post(`/runs/${runId}/frames`, frame);
      const asked = await stack().post(`/workers/${workerId}/requests`, request);
      told.push(framed.body.verdict, asked.body.verdict);
    }
    expect(told).toEqual(['accepted', 'accepted', 'duplicate', 'duplicate']);
    expect(await everything(runId)).not.toContain(KEY);
    const run = await stack().get(`/runs/${runId}/events?after_seq=1`);
    expect(run.body.events[0]?.payload).toMatchObject({
      text: 'use [REDACTED]',
      frame_id: 'f',
      frame_type: 'say',
      payload: { api_key: '[REDACTED]' },
    });
    const worker = await stack().get(`/workers/${workerId}/events?owner_user_id=7&after_seq=1`);
    expect(worker.body.events[0]?.payload).toEqual({
      request_id: 'q',
      method: 'login',
      params: { password: '[REDACTED]' },
    });
  });

  it('answers a retry as the same claim, also of one that was redacted before it was sent', async () => {
    const runId = await started('retry');
    const path = `/runs/${runId}/events`;
    const key = { 'idempotency-key': 'k' };
    const payload = { role: 'user', content: `mail bob@example.com, key ${KEY}` };
    const first = await stack().post(path, { event_type: 'run.message', payload }, key);
    const again = await stack().post(path, { event_type: 'run.message', payload }, key);
    const sent = redact(payload, createRedactionPolicy(), STRUCTURAL_MEMBERS).value;
    const redacted = await stack().post(path, { event_type: 'run.message', payload: sent }, key);
    expect(first.body.verdict).toBe('accepted');
    expect([again, redacted].map(({ body }) => body.verdict)).toEqual(['duplicate', 'duplicate']);
    const other = { role: 'user', content: 'something else' };
    const conflict = await stack().post(path, { event_type: 'run.message', payload: other }, key);
    expect(conflict.body.code).toBe('idempotency_conflict');
  });

  it('gives a receipt of the claim as it is stored', async () => {
    const path = `/runs/${await started('receipt')}/events`;
    const headers = { 'idempotency-key': 'k', prefer: 'respond-async' };
    const asked = await stack().post(
      path,
      { event_type: 'run.delta', payload: { text: KEY } },
      headers,
    );
    await stack().get(`/runs?after=${asked.body.position}&wait=20s`);
    const { body } = await stack().get(`/receipts/${asked.body.receipt}`);
    expect(body).toMatchObject({ state: 'accepted', seq: 2 });
  });

  it('keeps what views read, whatever it looks like', async () => {
    const workerId = '415-555-2671';
    const runId = await started('kept', {
      worker_id: workerId,
      owner_guest_scope: 'a@example.com',
    });
    const usage = { input_tokens: 512, output_tokens: 7, model: 'gpt-4o' };
    const call = { tool_call_id: 'bob@example.com', tool_name: 'mail', input: { token: 5 }, usage };
    await stack().post(`/runs/${runId}/events`, { event_type: 'tool.call', payload: call });
    const { body } = await stack().get(`/runs/${runId}`);
    expect(body.run).toMatchObject({ worker_id: workerId });
    expect(body.run.usage).toMatchObject({ input_tokens: 512, output_tokens: 7 });
    const page = await stack().get(`/runs/${runId}/events`);
    expect(page.body.events[1]?.payload).toEqual(call);
  });

  it('refuses identifiers that are secrets, and does not repeat them', async () => {
    const runId = await started('identifiers');
    const event = { event_type: 'run.delta' };
    const refused = [
      await stack().post('/runs', { run_id: KEY }),
      await stack().post('/workers', { worker_id: KEY, owner_user_id: 1 }),
      await stack().post(`/runs/${runId}/events`, event, { 'idempotency-key': KEY }),
    ];
    expect(refused.map(({ status, body }) => [status, body.errors[0]?.field])).toEqual([
      [400, '/run_id'],
      [400, '/worker_id'],
      [400, 'Idempotency-Key'],
    ]);
    const batch = await stack().post(`/runs/${runId}/events`, [
      { ...event, idempotency_key: KEY },
      { ...event, idempotency_key: 'bob@example.com' },
    ]);
    expect(batch.body.results.map(({ status }) => status)).toEqual([400, 201]);
    expect(await everything(runId)).not.toContain(KEY);
  });

  it('refuses an event that outgrows its bound, and says why', async () => {
    const runId = await started('grown');
    const mails = (length: number): string => 'a@b.co '.repeat(length).trim();
    const label = await stack().post('/runs', { labels: { cc: mails(36) } });
    expect(label.body).toMatchObject({ status: 400, code: 'invalid_data' });
    expect(label.body.detail).toContain('replaced');
    const payload = { text: mails(Math.floor(RECORD_BYTES_MAX / 8)) };
    const event = await stack().post(`/runs/${runId}/events`, { event_type: 'run.delta', payload });
    expect(event.body).toMatchObject({ status: 413, code: 'payload_too_large' });
  });

  it('keeps __proto__ and the order of members', async () => {
    const runId = await started('proto');
    const payload = `{"z":1,"__proto__":{"password":"x"},"a":"bob@example.com"}`;
    const reply = await stack().send({
      method: 'POST',
      path: `/internal/v1/runs/${runId}/events`,
      payload: `{"event_type":"my.own","payload":${payload}}`,
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.status).toBe(201);
    expect((await stack().get(`/runs/${runId}/events`)).text).toContain(
      '{"z":1,"__proto__":{"password":"[REDACTED]"},"a":"[REDACTED_EMAIL]"}',
    );
  });

  it('counts by kind, never by value', async () => {
    await started('counted', { title: KEY });
    const { text } = await stack().metrics.page();
    expect(text).toMatch(/refold_redactions_total\{kind="vendor_key",service="test"\} \d+/);
    expect(text).not.toContain(KEY);
  });
});

describe('a door without redaction, over HTTP', () => {
  let stack: HttpStack;
  beforeAll(async () => {
    stack = await openStack(openMemoryPorts, 1, null, createRedactionPolicy({ mode: 'off' }));
  });
  afterAll(() => stack.close());

  it('stores everything as it was sent, identifiers too', async () => {
    await stack.post('/runs', { run_id: KEY, title: KEY });
    expect((await stack.get(`/runs/${KEY}`)).body.run.title).toBe(KEY);
  });
});
