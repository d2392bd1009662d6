import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createKey, readKeys } from './api-key.js';
import { createAuthenticator } from './authenticator.js';
import { testPorts, verdictOf } from './tokens.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'refold-api-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an API key', () => {
  it('is stored as its hash and makes the caller of its line', () => {
    const { key, line } = createKey('ci', ['ingest', 'read'], { tenant: 'acme' });
    expect(key).toMatch(/^rfk_ci_[A-Za-z0-9_-]{43}$/);
    expect(line).not.toContain(key.slice(7));
    expect(readKeys(`# keys\n\n${line}\n`).callerOf(key)).toEqual({
      principal: 'key:ci',
      scopes: new Set(['ingest', 'read']),
      bindings: { owner: null, tenant: 'acme', runs: null, workers: null },
    });
  });

  it('is another one every time, and no other one is taken', () => {
    const [one, other] = [createKey('ci', ['read']), createKey('ci', ['read'])];
    const keys = readKeys(one.line);
    expect(one.key).not.toBe(other.key);
    for (const key of [
      other.key,
      one.key.slice(0, -1),
      `${one.key}A`,
      'rfk_ci_',
      'rfk_',
      'rfk_x_y',
    ]) {
      expect(keys.callerOf(key), key).toBeNull();
    }
    const [, , hex] = /"(sha256)":"([0-9a-f]+)"/.exec(one.line) ?? [];
    expect(keys.callerOf(String(hex)), 'what is stored').toBeNull();
  });

  it('may be replaced while the one before is still good', () => {
    const [one, other] = [createKey('ci', ['read']), createKey('ci', ['admin'])];
    const keys = readKeys(`${one.line}\n${other.line}`);
    expect(keys.callerOf(one.key)?.scopes).toEqual(new Set(['read']));
    expect(keys.callerOf(other.key)?.scopes).toEqual(new Set(['admin']));
  });

  it.each([
    ['no JSON', 'rfk_ci_secret', /^line 1 is not JSON/],
    ['another scope', '{"name":"a","scopes":["write"],"sha256":""}', /^line 1: scopes/],
    ['no scope', `{"name":"a","scopes":[],"sha256":"${'0'.repeat(64)}"}`, /^line 1: scopes/],
    ['no hash', '{"name":"a","scopes":["read"],"sha256":"rfk_a_b"}', /^line 1: sha256/],
    [
      'a name with _',
      `{"name":"a_b","scopes":["read"],"sha256":"${'0'.repeat(64)}"}`,
      /^line 1: name/,
    ],
    [
      'a member too many',
      `{"name":"a","scopes":["read"],"sha256":"${'0'.repeat(64)}","run":1}`,
      /^line 1/,
    ],
  ])('is not read from a line with %s, which is not shown', (_name, line, message) => {
    expect(() => readKeys(line)).toThrow(message);
    expect(() => readKeys(line)).not.toThrow('rfk_');
  });
});

describe('the file of keys', () => {
  it('is read again: a line taken out is good for nothing after five seconds', async () => {
    const path = join(folder, 'keys.jsonl');
    const { ports, clock, told } = testPorts();
    const [one, other] = [createKey('one', ['read']), createKey('other', ['read'])];
    writeFileSync(path, `${one.line}\n`);
    const authenticator = createAuthenticator({ tokens: null, keysFile: path }, ports);
    await authenticator.check();
    const ask = (key: string) => verdictOf(() => authenticator.authenticate(`Bearer ${key}`));
    expect([await ask(one.key), await ask(other.key)]).toEqual(['key:one', 'invalid_key']);

    writeFileSync(path, `${other.line}\n`);
    clock.ms += 5_001;
    expect([await ask(one.key), await ask(other.key)]).toEqual(['invalid_key', 'key:other']);

    writeFileSync(path, 'a slip of the hand');
    clock.ms += 5_001;
    expect(await ask(other.key)).toBe('key:other');
    expect(told).toEqual(['the file of API keys could not be read']);
  });

  it.each([
    ['is gone', (path: string) => rmSync(path)],
    ['is broken', (path: string) => writeFileSync(path, 'a slip of the hand')],
  ])('that %s is told, and its keys are good for an hour', async (_name, spoil) => {
    const path = join(folder, 'spoilt.jsonl');
    const { ports, clock } = testPorts();
    const { key, line } = createKey('one', ['read']);
    writeFileSync(path, line);
    const authenticator = createAuthenticator({ tokens: null, keysFile: path }, ports);
    await authenticator.check();
    const ask = () => verdictOf(() => authenticator.authenticate(`Bearer ${key}`));
    expect(await authenticator.keysTrouble()).toBeNull();
    spoil(path);
    clock.ms += 3_599_000;
    expect(await ask()).toBe('key:one');
    expect(await authenticator.keysTrouble()).toContain('cannot be read');
    clock.ms += 2_000;
    expect(await ask()).toBe('auth_unavailable');
    writeFileSync(path, line);
    clock.ms += 5_000;
    expect(await ask()).toBe('key:one');
    expect(await authenticator.keysTrouble()).toBeNull();
  });

  it('that is gone is told though nobody sends a key', async () => {
    const path = join(folder, 'gone.jsonl');
    const { ports, clock } = testPorts();
    writeFileSync(path, createKey('one', ['read']).line);
    const authenticator = createAuthenticator({ tokens: null, keysFile: path }, ports);
    await authenticator.check();
    rmSync(path);
    clock.ms += 5_001;
    expect(await authenticator.keysTrouble()).toContain('cannot be read');
  });

  it('that cannot be read refuses the start', async () => {
    const keysFile = join(folder, 'nothing');
    const keyed = createAuthenticator({ tokens: null, keysFile }, testPorts().ports);
    await expect(keyed.check()).rejects.toThrow('ENOENT');
  });
});

describe('where only keys are taken', () => {
  it('a token is refused', async () => {
    const { ports } = testPorts();
    const authenticator = createAuthenticator({ tokens: null, keysFile: '/nowhere' }, ports);
    expect(await verdictOf(() => authenticator.authenticate('Bearer a.b.c'))).toBe(
      'invalid_token_format',
    );
  });
});
