import { JSON_DEPTH_MAX, type JsonValue } from '@refold/contracts';
import { isLinear } from '@refold/test-kit';
import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { samplesOf } from './corpus.fixture.js';
import { JOINTS } from './joints.fixture.js';
import { looksSecret } from './looks-secret.js';
import { createRedactionPolicy } from './policy.js';
import { DEPTH_MAX, redact } from './redact.js';
import { STRUCTURAL_MEMBERS } from './structural-members.js';

const policy = createRedactionPolicy();
const parsed = (text: string): JsonValue => JSON.parse(text) as JsonValue;
const shown = (value: JsonValue, using = policy): string =>
  JSON.stringify(redact(value, using).value);

const KEY = `ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6`;

describe('a redacted value', () => {
  it('is the same object where nothing was found, and shares what was not touched', () => {
    const clean = { a: [1, 'two', { b: null }], c: true };
    expect(redact(clean, policy).value).toBe(clean);
    const mixed = { clean, password: 'x' };
    const { value, counts } = redact<JsonValue>(mixed, policy);
    expect((value as typeof mixed).clean).toBe(clean);
    expect(mixed.password).toBe('x');
    expect([...counts]).toEqual([['named_secret', 1]]);
  });

  it('keeps the order of members, and those named __proto__', () => {
    const text = `{"z":1,"__proto__":{"token":"x","k":2},"b":"a@b.co","a":1}`;
    expect(shown(parsed(text))).toBe(
      '{"z":1,"__proto__":{"token":"[REDACTED]","k":2},"b":"[REDACTED_EMAIL]","a":1}',
    );
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    const clean = parsed('{"__proto__":{"a":1},"constructor":{"prototype":2}}');
    expect(redact(clean, policy).value).toBe(clean);
  });

  it('has names of members that were secrets replaced, each kept apart from the others', () => {
    const other = KEY.replace('aB3', 'aB4');
    const text = `{"b":1,"${KEY}":2,"[REDACTED]":3,"__proto__":4,"${other}":5,"to a@b.co":6}`;
    const once = redact(parsed(text), policy);
    expect(JSON.stringify(once.value)).toBe(
      '{"b":1,"[REDACTED] #2":2,"[REDACTED]":3,"__proto__":4,"[REDACTED] #3":5,"to [REDACTED_EMAIL]":6}',
    );
    expect(redact(once.value, policy).value).toBe(once.value);
  });

  it('counts the names that share a placeholder in linear time', () => {
    const counted = (length: number) => {
      const members = Array.from({ length }, (_, n) => [`user${n}@example.com`, n]);
      const given = Object.fromEntries(members) as JsonValue;
      return () => {
        const { value } = redact(given, policy);
        expect(Object.keys(value as object)).toHaveLength(length);
      };
    };
    expect(isLinear(5_000, counted)).toBe(true);
  });

  it('keeps structural members at the top, and no others', () => {
    const value = { worker_id: '415-555-2671', inner: { worker_id: '415-555-2671' } };
    expect(redact<JsonValue>(value, policy, new Set(['worker_id'])).value).toEqual({
      worker_id: '415-555-2671',
      inner: { worker_id: '[REDACTED_PHONE]' },
    });
  });

  it.each(['workspace_ref', 'codex_home_ref'])(
    'takes secrets, and no more, out of a %s',
    (name) => {
      const url = 'https://bot:hunter22@git.example/alice@example.com/415-555-2671';
      const { value, counts } = redact<JsonValue>({ [name]: url }, policy, STRUCTURAL_MEMBERS);
      expect(value).toEqual({ [name]: url.replace('hunter22', '[REDACTED]') });
      expect([...counts]).toEqual([['url_password', 1]]);
    },
  );

  it('goes as deep as an event may, and refuses what is deeper', () => {
    expect(DEPTH_MAX).toBe(JSON_DEPTH_MAX);
    const nested = (levels: number): JsonValue =>
      parsed(`${'['.repeat(levels)}"a@b.co"${']'.repeat(levels)}`);
    expect(shown(nested(DEPTH_MAX))).toContain('[REDACTED_EMAIL]');
    expect(() => redact(nested(DEPTH_MAX + 1), policy)).toThrow(RangeError);
  });
});

describe('a value that a text assigns', () => {
  it('is replaced to its end, however long it is', () => {
    for (const length of [8, 127, 128, 129, 5_000]) {
      const value = 'aB3d'.repeat(length).slice(0, length);
      expect(shown(`x password=${value}&y=1`)).toBe('"x password=[REDACTED]&y=1"');
      expect(shown(`x "password": "${value}", 1`)).toBe('"x \\"password\\": \\"[REDACTED]\\", 1"');
    }
  });
});

describe('a policy', () => {
  it('takes names of the operator, however they are spelled, and in texts', () => {
    const own = createRedactionPolicy({ extraKeys: ['badge-no'], keptKeys: ['Email'] });
    expect(shown({ badgeNo: 'x17', BADGE_NO: 5, email: 'a@b.co' }, own)).toBe(
      '{"badgeNo":"[REDACTED]","BADGE_NO":"[REDACTED]","email":"a@b.co"}',
    );
    expect(shown('{"badge_no": "B-17"}', own)).toContain('[REDACTED]');
    expect(shown({ list: { email: [{ token: 'kept' }] } }, own)).toContain('kept');
  });

  it('takes prefixes, and nothing that could be a pattern', () => {
    const own = createRedactionPolicy({ prefixes: ['acme.'] });
    expect(shown('key acme.abc12345 and acmeXabc12345', own)).toBe(
      '"key [REDACTED] and acmeXabc12345"',
    );
    for (const prefix of ['(a+)+', '.*', 'a', '', 'x y z']) {
      expect(() => createRedactionPolicy({ prefixes: [prefix] })).toThrow(TypeError);
    }
    for (const name of ['', '(a+)+', 'ü', ' ']) {
      expect(() => createRedactionPolicy({ extraKeys: [name] })).toThrow(TypeError);
    }
  });

  it('does nothing when it is off', () => {
    const value = { password: 'x', to: 'a@b.co' };
    const off = createRedactionPolicy({ mode: 'off' });
    expect(redact(value, off).value).toBe(value);
    expect(looksSecret(KEY, off)).toBe(false);
  });

  it('tells identifiers that are secrets from all others', () => {
    expect(looksSecret(KEY, policy)).toBe(true);
    expect(looksSecret(`job:${KEY}`, policy)).toBe(true);
    const harmless = ['a@b.co', '415-555-2671', 'imp_0123456789abcdef0123456789abcdef:12', 'k'];
    for (const id of harmless) expect(looksSecret(id, policy)).toBe(false);
  });
});

/** Pieces that findings are made of, so that some of them meet. */
const pieces = [
  ...samplesOf('secrets'),
  ...samplesOf('personal'),
  ...samplesOf('look-alikes'),
].flatMap(({ value }) =>
  typeof value === 'string' ? [value, value.slice(1), value.slice(0, -1)] : [],
);

describe('redacting twice', () => {
  it('changes nothing where one finding had hidden another', () => {
    const { value } = redact<JsonValue>('ann@example.ie:bob@example.io', policy);
    expect(value).toBe('[REDACTED_EMAIL]:[REDACTED_EMAIL]');
  });

  it('changes nothing, whatever stands beside a finding', () => {
    const text = fc
      .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(...JOINTS)), { maxLength: 5 })
      .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(text, (one) => {
        const once = redact<JsonValue>(one, policy).value;
        expect(redact(once, policy)).toMatchObject({ value: once, counts: new Map() });
      }),
      { numRuns: 5_000 },
    );
  });

  it('changes nothing in any JSON', () => {
    const names = ['token', 'value', 'name', 'email', 'zip', 'a', '__proto__', KEY];
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<JsonValue>(...pieces, ...names, 1, null, true, ''),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc
          .array(fc.tuple(fc.constantFrom(...names), tie('tree')), { maxLength: 4 })
          .map((members) => Object.fromEntries(members) as JsonValue),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const once = redact(value, policy);
        expect(redact(once.value, policy).value).toBe(once.value);
        expect(JSON.stringify(redact(value, policy).value)).toBe(JSON.stringify(once.value));
      }),
      { numRuns: 2_000 },
    );
  });
});
