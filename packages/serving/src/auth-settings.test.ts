import { defineConfig, readConfig, writeProblems } from '@refold/service';
import { describe, expect, it } from 'vitest';
import { authChecks, authSettings } from './auth-settings.js';
import { checkBinding } from './settings-checks.js';
import { bindSettings } from './shared-settings.js';

const table = defineConfig('test', { ...bindSettings('127.0.0.1:1', 'tests'), ...authSettings }, [
  checkBinding,
  ...authChecks,
]);

const SECRET = 's'.repeat(32);
const RULES = {
  REFOLD_AUTH_ISSUER: 'https://issuer.example',
  REFOLD_AUTH_AUDIENCE: 'refold',
};
const TOKENS = { ...RULES, REFOLD_AUTH_JWT_SECRET: SECRET };

/** The variables that are refused. */
function refused(environment: Record<string, string>): string[] {
  const reading = readConfig(table, environment);
  return reading.ok ? [] : reading.problems.map(({ env }) => env);
}

describe('an address that other machines reach', () => {
  const open = { RUNTIME_BIND_ADDR: '0.0.0.0:4100' };

  it.each(['0.0.0.0:1', '[::]:1', '192.168.1.7:1', 'refold.example:1', '127.0.0.1.example:1'])(
    'such as %s is refused while nobody is asked who it is',
    (RUNTIME_BIND_ADDR) => expect(refused({ RUNTIME_BIND_ADDR })).toEqual(['RUNTIME_BIND_ADDR']),
  );

  it('is taken with tokens, with a key set, or with API keys', () => {
    expect(refused({ ...open, ...TOKENS })).toEqual([]);
    expect(refused({ ...open, ...RULES, REFOLD_AUTH_JWKS: 'https://issuer.example/keys' })).toEqual(
      [],
    );
    expect(refused({ ...open, REFOLD_AUTH_KEYS_FILE: 'keys.jsonl' })).toEqual([]);
  });

  it('is refused with the two lines that would fix it', () => {
    const reading = readConfig(table, open);
    if (reading.ok) throw new Error('the address was taken');
    expect(writeProblems('test', reading.problems)).toBe(`test cannot start: 1 setting is wrong.
  RUNTIME_BIND_ADDR: expected an address of this machine alone (127.0.0.1, [::1], localhost), because nobody is asked who it is; got 0.0.0.0. Two lines ask everybody for an API key:
    npx refold keys create --name me --scope admin --file keys.jsonl
    export REFOLD_AUTH_KEYS_FILE=keys.jsonl
All settings are described in docs/configuration.md.
`);
  });

  it.each(['127.0.0.1:1', '127.8.9.1:1', '[::1]:1', 'localhost:1'])(
    'is not %s, which needs nothing',
    (RUNTIME_BIND_ADDR) => expect(refused({ RUNTIME_BIND_ADDR })).toEqual([]),
  );
});

describe('the settings of authentication', () => {
  it('refuse a secret below 256 bits and never show one', () => {
    const short = { ...TOKENS, REFOLD_AUTH_JWT_SECRET: 'shorter-than-it-has-to-be-31-by' };
    expect(Buffer.byteLength(short.REFOLD_AUTH_JWT_SECRET)).toBe(31);
    const reading = readConfig(table, short);
    expect(JSON.stringify(reading)).not.toContain(short.REFOLD_AUTH_JWT_SECRET);
    expect(refused(short)).toEqual(['REFOLD_AUTH_JWT_SECRET']);
    const taken = readConfig(table, { ...TOKENS, REFOLD_AUTH_JWT_PREVIOUS_SECRET: 'p'.repeat(32) });
    if (!taken.ok) throw new Error('the secrets were refused');
    expect(JSON.stringify(taken.shown)).not.toContain('ppp');
    expect(JSON.stringify(taken.shown)).not.toContain('sss');
  });

  it('tell all that is wrong at once', () => {
    const lonely = {
      REFOLD_AUTH_ISSUER: 'a',
      REFOLD_AUTH_AUDIENCE: 'b',
      REFOLD_AUTH_MAX_AGE: '5m',
      REFOLD_AUTH_SINGLE_USE: 'true',
      REFOLD_AUTH_JWT_KID: 'k',
      REFOLD_AUTH_JWT_PREVIOUS_KID: 'p',
    };
    expect(refused(lonely).sort()).toEqual(Object.keys(lonely).sort());
    expect(refused({ REFOLD_AUTH_JWT_SECRET: SECRET })).toEqual([
      'REFOLD_AUTH_ISSUER',
      'REFOLD_AUTH_AUDIENCE',
    ]);
    expect(refused({ ...TOKENS, REFOLD_AUTH_JWT_PREVIOUS_SECRET: SECRET })).toEqual([
      'REFOLD_AUTH_JWT_PREVIOUS_SECRET',
    ]);
  });

  it.each([
    ['https://issuer.example/keys', true],
    ['http://127.0.0.1:9/keys', true],
    ['http://[::1]:9/keys', true],
    ['keys.json', true],
    ['/etc/refold/keys.json', true],
    ['http://issuer.example/keys', false],
    ['http://127.0.0.1.example/keys', false],
    ['ftp://issuer.example/keys', false],
    ['https://user:word@issuer.example/keys', false],
    ['https://', false],
  ])('take keys from %s: %s', (REFOLD_AUTH_JWKS, isTaken) => {
    expect(refused({ ...RULES, REFOLD_AUTH_JWKS })).toEqual(isTaken ? [] : ['REFOLD_AUTH_JWKS']);
  });
});
