import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOKEN_CONFIG } from '@refold/test-kit';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthenticator } from './authenticator.js';
import { readKeySet } from './key-set.js';
import { newKeyPair, NOW, sign, testPorts, verdictOf } from './tokens.fixture.js';

const [first, second] = [await newKeyPair('RS256', 'first'), await newKeyPair('ES256', 'second')];
const signed = ({ alg, kid, privateKey }: typeof first) =>
  sign({ exp: NOW + 7_200 }, privateKey, { alg, kid });

const folder = mkdtempSync(join(tmpdir(), 'refold-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server of keys that counts how often it is asked, and an authenticator that asks it. */
function keyServer() {
  const shared = testPorts();
  const server = {
    keys: [first.jwk] as object[],
    asked: 0,
    away: false,
    text: null as string | null,
    hanging: null as Promise<unknown> | null,
  };
  const fetcher = async () => {
    server.asked += 1;
    await server.hanging;
    if (server.away) throw new Error('connect ECONNREFUSED');
    return new Response(server.text ?? JSON.stringify({ keys: server.keys }));
  };
  const tokens = { ...TOKEN_CONFIG, keySet: 'https://issuer.example/keys' };
  const authenticator = createAuthenticator(
    { tokens, keysFile: null },
    { ...shared.ports, fetcher },
  );
  const ask = (token: string, at = NOW): Promise<string> => {
    shared.clock.ms = at * 1_000;
    return verdictOf(() => authenticator.authenticate(`Bearer ${token}`));
  };
  return { ...shared, server, ask, authenticator };
}

describe('keys behind a URL', () => {
  // How long a request waits for newer keys passes when a test says so, however slow the machine is.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('verify RS256 and ES256, and are asked for once in ten minutes', async () => {
    const { server, ask } = keyServer();
    server.keys = [first.jwk, second.jwk];
    for (const at of [NOW, NOW, NOW + 599]) {
      expect(await ask(await signed(first), at)).toBe('sub:alice');
      expect(await ask(await signed(second), at)).toBe('sub:alice');
    }
    expect(server.asked).toBe(1);
    await ask(await signed(first), NOW + 601);
    expect(server.asked).toBe(2);
  });

  it('are asked for again when a token names another one, at most every 30 seconds', async () => {
    const { server, ask } = keyServer();
    expect(await ask(await signed(first))).toBe('sub:alice');
    const unknown = await signed(second);
    for (let i = 0; i < 20; i++) expect(await ask(unknown, NOW + 10)).toBe('unknown_kid');
    expect(server.asked).toBe(1);
    server.keys = [second.jwk];
    expect(await ask(unknown, NOW + 31)).toBe('sub:alice');
    expect(server.asked).toBe(2);
  });

  it('that were withdrawn are good for nothing, also for tokens that were seen', async () => {
    const { server, ask } = keyServer();
    const token = await signed(first);
    expect(await ask(token)).toBe('sub:alice');
    server.keys = [second.jwk];
    expect(await ask(token, NOW + 599)).toBe('sub:alice');
    expect(await ask(token, NOW + 601)).toBe('unknown_kid');
  });

  it('are used for an hour while their server is away, and no longer', async () => {
    const { server, ask, told } = keyServer();
    const token = await signed(first);
    expect(await ask(token)).toBe('sub:alice');
    server.away = true;
    expect(await ask(token, NOW + 3_599)).toBe('sub:alice');
    expect(told).toHaveLength(1);
    expect(await ask(token, NOW + 3_601)).toBe('auth_unavailable');
    server.away = false;
    expect(await ask(token, NOW + 3_640)).toBe('sub:alice');
  });

  it('are used while their server hangs: those who come first wait 250 ms, others not at all', async () => {
    const { server, ask } = keyServer();
    const token = await signed(first);
    expect(await ask(token)).toBe('sub:alice');
    server.hanging = new Promise(() => {});
    const waiting = Promise.all([ask(token, NOW + 601), ask(token, NOW + 601)]);
    await vi.advanceTimersByTimeAsync(250);
    expect(await waiting).toEqual(['sub:alice', 'sub:alice']);
    expect(await ask(token, NOW + 602)).toBe('sub:alice');
    expect(server.asked).toBe(2);
  });

  it('are waited for to the end when there are none that could be used', async () => {
    const { server, ask } = keyServer();
    const [known, unknown] = [await signed(first), await signed(second)];
    expect(await ask(known)).toBe('sub:alice');
    let answer = (): void => {};
    server.hanging = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.keys = [second.jwk];
    const ended: string[] = [];
    const missing = ask(unknown, NOW + 601).finally(() => ended.push('missing'));
    await vi.advanceTimersByTimeAsync(1_000);
    const tooOld = ask(known, NOW + 3_601).finally(() => ended.push('too old'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ended).toEqual([]);
    answer();
    expect(await missing).toBe('sub:alice');
    expect(await tooOld).toBe('unknown_kid');
  });

  it('that were never there let nobody in, and do not make a token invalid', async () => {
    const { server, ask, authenticator } = keyServer();
    server.away = true;
    await authenticator.check();
    expect(await ask(await signed(first))).toBe('auth_unavailable');
    expect(await ask(await sign()), 'tokens of the secret need no key set').toBe('sub:alice');
    expect(server.asked).toBe(1);
    server.away = false;
    expect(await ask(await signed(first), NOW + 31)).toBe('sub:alice');
  });

  it.each([
    ['too long', `{"keys":[],"x":"${'x'.repeat(262_144)}"}`],
    ['no JSON', '<html>'],
    ['no key set', '{"key":1}'],
    ['without a key that is of use', JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] })],
  ])('are not taken from a reply that is %s', async (_name, text) => {
    const { server, ask, told } = keyServer();
    server.text = text;
    expect(await ask(await signed(first))).toBe('auth_unavailable');
    expect(told).toEqual(['the keys of tokens could not be read']);
  });
});

describe('keys in a file', () => {
  it('are read again when the file changed', async () => {
    const path = join(folder, 'keys.json');
    const { ports, clock } = testPorts();
    writeFileSync(path, JSON.stringify({ keys: [first.jwk] }));
    const tokens = { ...TOKEN_CONFIG, keySet: path };
    const authenticator = createAuthenticator({ tokens, keysFile: null }, ports);
    await authenticator.check();
    const ask = async (token: string) =>
      verdictOf(() => authenticator.authenticate(`Bearer ${token}`));
    const token = await signed(first);
    expect(await ask(token)).toBe('sub:alice');
    writeFileSync(path, JSON.stringify({ keys: [second.jwk] }));
    clock.ms += 6_000;
    expect(await ask(token)).toBe('unknown_kid');
    expect(await ask(await signed(second))).toBe('sub:alice');
  });

  it('that cannot be read refuse the start', async () => {
    const { ports } = testPorts();
    const tokens = { ...TOKEN_CONFIG, keySet: join(folder, 'nothing.json') };
    await expect(createAuthenticator({ tokens, keysFile: null }, ports).check()).rejects.toThrow(
      'ENOENT',
    );
  });
});

describe('a key set', () => {
  it('leaves out what does not verify our algorithms', async () => {
    const keys = await readKeySet(
      JSON.stringify({
        keys: [
          first.jwk,
          second.jwk,
          { ...first.jwk, kid: 'for encryption', use: 'enc' },
          { ...first.jwk, kid: 'of another algorithm', alg: 'RS512' },
          { kty: 'oct', k: 'c2VjcmV0', kid: 'secret', alg: 'HS256' },
        ],
      }),
    );
    expect(keys.map(({ kid, alg }) => `${String(kid)} ${alg}`)).toEqual([
      'first RS256',
      'second ES256',
    ]);
  });

  it('with a private key is refused', async () => {
    const text = JSON.stringify({ keys: [{ ...second.jwk, d: 'AAAA' }] });
    await expect(readKeySet(text)).rejects.toThrow('private key');
  });
});
