import { createRedactionPolicy } from '@refold/redaction';
import { expect, it } from 'vitest';
import { createRefoldClient } from './refold-client.js';

const MAIL = 'ada@example.org';
const HIDDEN = '[REDACTED_EMAIL]';

/** A client whose bodies are kept instead of sent, and what was to be sent. */
function keeping(redacts: boolean) {
  const bodies: string[] = [];
  const client = createRefoldClient({
    url: 'http://127.0.0.1:1',
    fetch: (_url, init) => {
      bodies.push(typeof init?.body === 'string' ? init.body : '');
      return Promise.resolve(Response.json({}));
    },
    ...(redacts ? { redact: createRedactionPolicy() } : {}),
  });
  return { client, bodies };
}

/** Every write there is, each with an address in its content and one in an identifier. */
async function writeAll({ client }: ReturnType<typeof keeping>): Promise<void> {
  const payload = { role: 'user', content: MAIL, nested: [{ by: MAIL }] };
  const key = { idempotencyKey: 'k' };
  const owner = { owner_user_id: 7 };
  await client.createRun({ run_id: 'r', title: MAIL, metadata: { by: MAIL } }, key);
  await client.appendEvent('r', { event_type: 'run.message', payload }, key);
  await client.appendEvents('r', [{ event_type: 'any.type', payload }]);
  await client.appendFrame('r', { frame_id: 'f', type: 'note', payload });
  await client.cancelRun('r', `asked by ${MAIL}`, key);
  await client.registerWorker({ ...owner, worker_id: 'w', metadata: { by: MAIL } }, key);
  await client.heartbeat('w', { ...owner, metadata_patch: { by: MAIL } }, key);
  await client.setWorkerStatus('w', { ...owner, status: 'stopping', reason: MAIL }, key);
  await client.stopWorker('w', { ...owner, reason: MAIL }, key);
  await client.appendWorkerEvent('w', { ...owner, event_type: 'worker.note', payload }, key);
  await client.requestWorker('w', { ...owner, method: 'ask', params: { by: MAIL } }, key);
}

it('takes personal data out of every write, and leaves identifiers alone', async () => {
  const kept = keeping(true);
  await writeAll(kept);
  expect(kept.bodies).toHaveLength(11);
  for (const body of kept.bodies) {
    expect(body).not.toContain(MAIL);
    expect(body).toContain(HIDDEN);
  }
  expect(JSON.parse(kept.bodies[1] ?? '')).toEqual({
    event_type: 'run.message',
    payload: { role: 'user', content: HIDDEN, nested: [{ by: HIDDEN }] },
    idempotency_key: 'k',
  });
});

it('changes nothing without a policy', async () => {
  const kept = keeping(false);
  await writeAll(kept);
  for (const body of kept.bodies) expect(body).toContain(MAIL);
});
