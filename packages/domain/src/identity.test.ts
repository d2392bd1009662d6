import { createHash } from 'node:crypto';
import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { deriveEventId, deriveStreamId } from './derived-id.js';
import { identityOf } from './identity.js';

describe('identityOf', () => {
  it('is the first 16 bytes of a SHA-256, in base64url', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        (source, id) => {
          const text = `run/r-1\n${source.length}\n${source}${id}`;
          const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
          expect(identityOf('run/r-1', source, id)).toBe(bytes.toString('base64url'));
        },
      ),
    );
  });

  it('has a fixed vector', () => {
    expect(identityOf('run/a', 's', 'i')).toBe('k2gTyJfHhFl2YGnA8uQH-w');
  });

  it('tells apart where one part ends and the next begins', () => {
    const identities = [
      identityOf('run/r', 'ab', 'c'),
      identityOf('run/r', 'a', 'bc'),
      identityOf('run/r', '', 'abc'),
      identityOf('run/r', '2\nab', 'c'),
      identityOf('worker/r', 'ab', 'c'),
    ];
    expect(new Set(identities).size).toBe(identities.length);
  });
});

const UUID_V8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('derived IDs', () => {
  it('are version 8 UUIDs, the same for the same request', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (principal, key) => {
        const id = deriveEventId(principal, 'run/r', key);
        expect(id).toMatch(UUID_V8);
        expect(deriveEventId(principal, 'run/r', key)).toBe(id);
        expect(deriveStreamId('run', principal, key)).toMatch(UUID_V8);
      }),
    );
  });

  it('have fixed vectors', () => {
    expect(deriveEventId('user:1', 'run/r', 'k')).toMatchInlineSnapshot(
      `"6440ecc8-0032-8d8d-b295-1d7166b96572"`,
    );
    expect(deriveStreamId('run', null, 'k')).toMatchInlineSnapshot(
      `"5d3199fb-f9d0-8a66-9119-f6a59505df87"`,
    );
  });

  it('differ by principal, stream, kind and key', () => {
    const ids = [
      deriveEventId('a', 'run/r', 'k'),
      deriveEventId('b', 'run/r', 'k'),
      deriveEventId(null, 'run/r', 'k'),
      deriveEventId('null', 'run/r', 'k'),
      deriveEventId('a', 'run/s', 'k'),
      deriveEventId('a', 'run/r', 'l'),
      deriveStreamId('run', 'a', 'k'),
      deriveStreamId('worker', 'a', 'k'),
      deriveStreamId('run', 'b', 'k'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
