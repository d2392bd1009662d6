import { exportSPKI } from 'jose';
import { ProblemError } from '@refold/contracts';
import { TOKEN_AUDIENCE, TOKEN_CONFIG, TOKEN_SECRET } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { createAuthenticator, TOKEN_LENGTH_MAX, type TokenConfig } from './authenticator.js';
import { newKeyPair, NOW, OLD_SECRET, sign, testPorts, verdictOf } from './tokens.fixture.js';

/** An authenticator of tokens, asked with a bearer token at a second. */
function door(changes: Partial<TokenConfig> = {}, shared = testPorts()) {
  const { ports, clock } = shared;
  const authenticator = createAuthenticator(
    { tokens: { ...TOKEN_CONFIG, ...changes }, keysFile: null },
    ports,
  );
  const ask = (authorization: string | undefined, second = NOW): Promise<string> => {
    clock.ms = second * 1_000;
    return verdictOf(() => authenticator.authenticate(authorization));
  };
  return {
    ...shared,
    authenticator,
    ask,
    bearer: (token: string, second?: number) => ask(`Bearer ${token}`, second),
  };
}

describe('a bearer token', () => {
  it('makes a caller with scopes and bindings', async () => {
    const token = await sign({
      scope: 'read openid operate',
      refold_owner: 'user:7',
      refold_tenant: 'acme',
      refold_runs: ['r-1', 'r-2'],
    });
    expect(await door().authenticator.authenticate(`bearer ${token}`)).toEqual({
      principal: 'sub:alice',
      scopes: new Set(['read', 'operate']),
      bindings: {
        owner: 'user:7',
        tenant: 'acme',
        runs: new Set(['r-1', 'r-2']),
        workers: null,
      },
    });
  });

  it.each([
    [undefined, 'missing_authorization'],
    ['', 'invalid_authorization_scheme'],
    ['Basic YTpi', 'invalid_authorization_scheme'],
    ['Bearer', 'invalid_authorization_scheme'],
    ['Bearer a b', 'invalid_authorization_scheme'],
    ['Bearer \u0000', 'invalid_authorization_scheme'],
    ['Bearer garbage', 'invalid_token_format'],
    ['Bearer a.b', 'invalid_token_format'],
    ['Bearer a.b.c', 'invalid_token_format'],
    ['Bearer ...', 'invalid_token_format'],
    [`Bearer ${'a'.repeat(TOKEN_LENGTH_MAX)}`, 'invalid_token_format'],
    [`Bearer ${'a.'.repeat(2_000)}`, 'invalid_token_format'],
    ['Bearer rfk_ci_x', 'invalid_key'],
  ])('is not %j', async (authorization, reason) => {
    expect(await door().ask(authorization)).toBe(reason);
  });

  it.each([
    ['iss', { iss: 'https://other.example' }, 'claim_mismatch'],
    ['no iss', { iss: undefined }, 'claim_mismatch'],
    ['aud', { aud: 'other' }, 'claim_mismatch'],
    ['no aud', { aud: undefined }, 'claim_mismatch'],
    ['one aud of several', { aud: ['other', TOKEN_AUDIENCE] }, 'sub:alice'],
    ['no exp', { exp: undefined }, 'invalid_claims'],
    ['an exp that is no number', { exp: '99999999999' as unknown as number }, 'invalid_claims'],
    ['no sub', { sub: undefined }, 'invalid_claims'],
    ['an empty sub', { sub: '' }, 'invalid_claims'],
    ['a sub with an unpaired surrogate', { sub: 'a\ud800' }, 'invalid_claims'],
    ['a sub with a control character', { sub: 'a\u0085' }, 'invalid_claims'],
    ['a guest that UTF-8 cannot carry', { refold_owner: 'guest:g\ud800' }, 'invalid_claims'],
    ['no iat', { iat: undefined }, 'sub:alice'],
    ['no scope', { scope: undefined }, 'sub:alice'],
    ['a scope that is a list', { scope: ['read'] }, 'invalid_claims'],
    ['an owner of no kind', { refold_owner: 'alice' }, 'invalid_claims'],
    ['an owner number too large', { refold_owner: 'user:9007199254740993' }, 'invalid_claims'],
    ['a tenant with a slash', { refold_tenant: 'a/b' }, 'invalid_claims'],
    ['runs as a text', { refold_runs: 'r-1' }, 'invalid_claims'],
    [
      'too many runs',
      { refold_runs: Array.from({ length: 101 }, (_, i) => `r${i}`) },
      'invalid_claims',
    ],
    ['a binding that this build does not know', { refold_zone: 'eu' }, 'invalid_claims'],
  ])('with %s', async (_name, changes, verdict) => {
    expect(await door().bearer(await sign(changes))).toBe(verdict);
  });

  it.each([
    ['exp, at the last moment', {}, NOW + 89, 'sub:alice'],
    ['exp, one second later', {}, NOW + 90, 'token_expired'],
    ['nbf, as early as may be', { nbf: NOW + 30 }, NOW, 'sub:alice'],
    ['nbf, one second earlier', { nbf: NOW + 31 }, NOW, 'token_not_yet_valid'],
    ['iat, as early as may be', { iat: NOW + 30 }, NOW, 'sub:alice'],
    ['iat, one second earlier', { iat: NOW + 31 }, NOW, 'token_not_yet_valid'],
  ])('and the clock: %s', async (_name, changes, second, verdict) => {
    const { bearer } = door();
    const token = await sign(changes);
    expect(await bearer(token, second)).toBe(verdict);
    expect(await bearer(token, second), 'asked again').toBe(verdict);
  });

  it('is refused when it is too old, also one that was seen before', async () => {
    const { bearer } = door({ maxAgeSeconds: 10 });
    const token = await sign({ exp: NOW + 3_600 });
    expect(await bearer(token, NOW)).toBe('sub:alice');
    expect(await bearer(token, NOW + 39)).toBe('sub:alice');
    expect(await bearer(token, NOW + 41)).toBe('token_too_old');
    expect(await bearer(await sign({ iat: undefined }), NOW)).toBe('missing_iat');
  });

  it('is refused after its expiry, also one that was seen before', async () => {
    const { bearer } = door();
    const token = await sign();
    expect(await bearer(token, NOW)).toBe('sub:alice');
    expect(await bearer(token, NOW + 89)).toBe('sub:alice');
    expect(await bearer(token, NOW + 90)).toBe('token_expired');
  });

  it('never stands in a refusal', async () => {
    const token = await sign({}, OLD_SECRET);
    const error = await Promise.resolve()
      .then(() => door().authenticator.authenticate(`Bearer ${token}`))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    const { stack } = error as Error;
    const told = JSON.stringify((error as ProblemError).document()) + String(stack);
    for (const part of token.split('.')) expect(told).not.toContain(part);
  });
});

describe('a token that is bound to nothing', () => {
  it('is refused where only API keys may be', async () => {
    const { bearer } = door({ unbound: false });
    expect(await bearer(await sign())).toBe('binding_required');
    expect(await bearer(await sign({ refold_runs: [] }))).toBe('sub:alice');
    expect(await bearer(await sign({ refold_tenant: 'acme' }))).toBe('sub:alice');
  });
});

describe('secrets', () => {
  const ring = [
    { secret: TOKEN_SECRET, kid: null },
    { secret: OLD_SECRET, kid: null },
  ];

  it('are the current one and the one before', async () => {
    const { bearer } = door({ secrets: ring });
    expect(await bearer(await sign({}, TOKEN_SECRET))).toBe('sub:alice');
    expect(await bearer(await sign({}, OLD_SECRET))).toBe('sub:alice');
    expect(await bearer(await sign({}, 'x'.repeat(32)))).toBe('invalid_signature');
  });

  it('that were taken out are good for nothing', async () => {
    expect(await door().bearer(await sign({}, OLD_SECRET))).toBe('invalid_signature');
  });

  it('with names are told by them', async () => {
    const { bearer } = door({
      secrets: [
        { secret: TOKEN_SECRET, kid: 'new' },
        { secret: OLD_SECRET, kid: 'old' },
      ],
    });
    expect(await bearer(await sign({}, TOKEN_SECRET, { kid: 'new' }))).toBe('sub:alice');
    expect(await bearer(await sign({}, OLD_SECRET, { kid: 'old' }))).toBe('sub:alice');
    expect(await bearer(await sign({}, OLD_SECRET))).toBe('sub:alice');
    expect(await bearer(await sign({}, OLD_SECRET, { kid: 'new' }))).toBe('invalid_signature');
    expect(await bearer(await sign({}, TOKEN_SECRET, { kid: 'other' }))).toBe('unknown_kid');
  });
});

describe('a forged token', () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each(['none', 'None', 'NONE', 'HS384', 'HS512', 'RS512', 'PS256', 'EdDSA', ''])(
    'with the algorithm %j is refused',
    async (alg) => {
      const [, claims] = (await sign()).split('.');
      for (const signature of ['', 'AAAA']) {
        const token = `${part({ alg })}.${String(claims)}.${signature}`;
        expect(await door().bearer(token)).toMatch(/^unsupported_alg$|^invalid_token_format$/);
      }
    },
  );

  it('signed by HMAC with a public key as its secret is refused', async () => {
    const pair = await newKeyPair('RS256', 'rsa');
    const { ports } = testPorts();
    const keys = JSON.stringify({ keys: [pair.jwk] });
    const fetcher = async () => new Response(keys);
    const { bearer } = door(
      { secrets: [], keySet: 'https://issuer.example/keys' },
      { ...testPorts(), ports: { ...ports, fetcher } },
    );
    expect(await bearer(await sign({}, pair.privateKey, { alg: 'RS256', kid: 'rsa' }))).toBe(
      'sub:alice',
    );
    for (const text of [
      await exportSPKI(pair.publicKey),
      JSON.stringify(pair.jwk),
      String(pair.jwk.n),
    ]) {
      expect(await bearer(await sign({}, text, { kid: 'rsa' }))).toBe('unsupported_alg');
    }
  });

  it('with other claims under the same signature is refused', async () => {
    const [header, , signature] = (await sign()).split('.');
    const claims = part({
      iss: 'https://issuer.example',
      aud: TOKEN_AUDIENCE,
      sub: 'root',
      exp: NOW + 60,
    });
    expect(await door().bearer(`${String(header)}.${claims}.${String(signature)}`)).toBe(
      'invalid_signature',
    );
  });

  it('with a critical header that nobody knows is refused', async () => {
    const [, claims, signature] = (await sign()).split('.');
    const header = part({ alg: 'HS256', crit: ['x'], x: 1 });
    expect(await door().bearer(`${header}.${String(claims)}.${String(signature)}`)).toBe(
      'invalid_token_format',
    );
  });
});

describe('a token that is good for one request', () => {
  const once = { singleUse: true };

  it('is taken once by two instances together', async () => {
    const shared = testPorts();
    const [one, other] = [door(once, shared), door(once, shared)];
    const token = await sign({ jti: 'j-1' });
    const verdicts = await Promise.all([one, other, one, other].map(({ bearer }) => bearer(token)));
    expect(verdicts.sort()).toEqual(['sub:alice', ...Array<string>(3).fill('token_replayed')]);
  });

  it('is refused without a jti', async () => {
    expect(await door(once).bearer(await sign())).toBe('missing_jti');
  });

  it('is refused while the store is away, and is not used up by that', async () => {
    const { bearer, uses } = door(once);
    const token = await sign({ jti: 'j-1' });
    uses.away = true;
    expect(await bearer(token)).toBe('auth_unavailable');
    uses.away = false;
    expect(await bearer(token)).toBe('sub:alice');
    expect(await bearer(token)).toBe('token_replayed');
  });

  it('that is not valid uses nothing up', async () => {
    const { bearer } = door(once);
    expect(await bearer(await sign({ jti: 'j-1' }, OLD_SECRET))).toBe('invalid_signature');
    expect(await bearer(await sign({ jti: 'j-1' }))).toBe('sub:alice');
  });
});
