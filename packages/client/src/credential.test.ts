import { describe, expect, it } from 'vitest';
import { createRefoldClient } from './refold-client.js';
import { systemRetryTools } from './retry.js';

/** Answers with the statuses in turn and keeps what it was shown. */
function scripted(...statuses: number[]) {
  const shown: (string | null)[] = [];
  const reply: typeof fetch = async (_url, init) => {
    shown.push(new Headers(init?.headers).get('authorization'));
    return new Response('{}', { status: statuses.shift() ?? 200 });
  };
  const tools = { ...systemRetryTools, sleep: async () => undefined };
  return { shown, options: { url: 'http://refold.example', fetch: reply, tools } };
}

describe('a credential', () => {
  it('is sent with every call, and asked for before every try', async () => {
    let asked = 0;
    const { shown, options } = scripted(503, 200, 200);
    await createRefoldClient({ ...options, token: async () => `t-${asked++}` }).getProjectors();
    await createRefoldClient({ ...options, token: 'fixed' }).getProjectors();
    expect(shown).toEqual(['Bearer t-0', 'Bearer t-1', 'Bearer fixed']);
  });

  it('that cannot be had ends the call with the reason, and nothing is sent', async () => {
    const { shown, options } = scripted();
    const token = () => Promise.reject(new Error('the issuer is away'));
    await expect(createRefoldClient({ ...options, token }).getProjectors()).rejects.toThrow(
      'the issuer is away',
    );
    expect(shown).toEqual([]);
  });
});
