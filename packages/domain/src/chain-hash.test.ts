import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { chainHash, CHAIN_START } from './chain-hash.js';
import { contentDigest, contentText } from './content.js';
import { xxHash64, xxHash64Integer } from './xx-hash.js';

describe('xxHash64', () => {
  it('agrees with the published vectors of XXH64 with seed 0', () => {
    expect(xxHash64('')).toBe('ef46db3751d8e999');
    expect(xxHash64('a')).toBe('d24ec4f1a98c6e5b');
    expect(xxHash64('abc')).toBe('44bc2cf5ad770999');
    expect(xxHash64Integer('abc')).toBe(0x44bc2cf5ad770999n);
  });
});

describe('chainHash', () => {
  it('follows its written formula', () => {
    const first = chainHash(CHAIN_START, 1, 'run.started', null, '{"a":1}');
    expect(first).toBe(xxHash64('0000000000000000\n1\n11\nrun.started\n{"a":1}'));
    const second = chainHash(first, 2, 'ü', 'k:1', 'null');
    expect(second).toBe(xxHash64(`${first}\n2\n1\nü3:k:1\nnull`));
  });

  it('has fixed vectors', () => {
    expect(chainHash(CHAIN_START, 1, 'run.started', null, 'null')).toMatchInlineSnapshot(
      `"f177c3a6b16782f7"`,
    );
    expect(chainHash(CHAIN_START, 1, 'run.started', '', 'null')).toMatchInlineSnapshot(
      `"37708a22f3a80875"`,
    );
    expect(chainHash('ffffffffffffffff', 9, 'x', 'key', '"ラン"')).toMatchInlineSnapshot(
      `"cacc3f18380ec23e"`,
    );
  });

  it('changes with every part, wherever the borders are', () => {
    const parts = fc.tuple(
      fc.nat(),
      fc.string({ maxLength: 8 }),
      fc.option(fc.string({ maxLength: 8 })),
      fc.json({ maxDepth: 1 }),
    );
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(chainHash(CHAIN_START, ...a) === chainHash(CHAIN_START, ...b)).toBe(same);
      }),
    );
    expect(chainHash(CHAIN_START, 1, 'a', 'b', '1')).not.toBe(
      chainHash(CHAIN_START, 1, 'a1:b', null, '1'),
    );
    expect(chainHash(CHAIN_START, 1, 'a', null, '1')).not.toBe(
      chainHash('0000000000000001', 1, 'a', null, '1'),
    );
  });
});

describe('content', () => {
  const content = {
    type: 'run.delta',
    subject: 'run/r',
    schemaVersion: 1,
    data: { a: 1, b: [{ d: 1, c: 2 }] },
    expectedSeq: null,
  };

  it('does not depend on the order of members', () => {
    const other = { ...content, data: { b: [{ c: 2, d: 1 }], a: 1 } };
    expect(contentText(other)).toBe(contentText(content));
    expect(contentDigest(other)).toBe(contentDigest(content));
    expect(contentDigest(content)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('differs when anything that counts differs', () => {
    const variants = [
      content,
      { ...content, type: 'text.delta' },
      { ...content, subject: 'run/s' },
      { ...content, schemaVersion: 2 },
      { ...content, data: { a: 1, b: [{ d: 1, c: 3 }] } },
      { ...content, data: null },
      { ...content, expectedSeq: 0 },
    ];
    expect(new Set(variants.map(contentText)).size).toBe(variants.length);
    expect(new Set(variants.map(contentDigest)).size).toBe(variants.length);
  });
});
