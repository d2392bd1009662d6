import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { accept, claimOf } from './claims.fixture.js';
import {
  addDigest,
  digestText,
  documentDigest,
  EMPTY_DIGEST,
  subtractDigest,
} from './document-digest.js';

const digests = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));

describe('the digest of a set of documents', () => {
  it('does not depend on order, and gives back what was added', () => {
    fc.assert(
      fc.property(digests, (parts) => {
        const sum = parts.reduce(addDigest, EMPTY_DIGEST);
        expect([...parts].reverse().reduce(addDigest, EMPTY_DIGEST)).toBe(sum);
        expect(parts.reduce(subtractDigest, sum)).toBe(EMPTY_DIGEST);
        expect(digestText(sum)).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });
});

describe('the digest of a document', () => {
  const { state } = accept(null, claimOf('run.started', { owner_user_id: 5 }));
  const document = { title: 'T', metadata: { seen_at: 1 }, terminal_at: 9 };
  const digest = documentDigest('run/r', state, document);

  it('leaves out times, but not what a producer calls so', () => {
    const later = { ...state, createdAt: 7, updatedAt: 8 };
    expect(documentDigest('run/r', later, { ...document, terminal_at: 10 })).toBe(digest);
    expect(documentDigest('run/r', state, { ...document, metadata: { seen_at: 2 } })).not.toBe(
      digest,
    );
  });

  it.each([
    ['subject', documentDigest('run/s', state, document)],
    ['seq', documentDigest('run/r', { ...state, seq: 2 }, document)],
    ['chain', documentDigest('run/r', { ...state, chain: 'x' }, document)],
    ['status', documentDigest('run/r', { ...state, status: 'failed' }, document)],
    [
      'owner',
      documentDigest('run/r', { ...state, owner: { tenant: 'a', principal: 'user:5' } }, document),
    ],
    ['document', documentDigest('run/r', state, { ...document, title: 'U' })],
    ['null', documentDigest('run/r', state, null)],
  ])('changes with its %s', (_what, other) => expect(other).not.toBe(digest));
});
