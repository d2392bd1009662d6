import { describe, expect, it } from 'vitest';
import { onlyTexts, readArguments, snapshotOf } from './read-request.js';

describe('a read request', () => {
  const reads = [
    { kind: 'get', name: 'd' },
    { kind: 'field', name: 'h', field: 'f' },
    { kind: 'fields', name: 'h' },
    { kind: 'ranked', name: 'i', limit: 3 },
    { kind: 'ranked', name: 'i', limit: 3, before: { score: -7, member: 'm' } },
  ] as const;

  it('names its keys and parameters in order', () => {
    expect(readArguments('sha', 'p:', reads).join(' ')).toBe(
      'sha 6 p:checkpoint p:d p:h p:h p:i p:i get field f fields ranked 3 0 ranked 3 1 -7 m',
    );
  });

  it('is one MGET only where all are texts', () => {
    expect(onlyTexts(reads)).toBe(false);
    expect(onlyTexts(reads.slice(0, 1))).toBe(true);
    expect(onlyTexts([])).toBe(true);
  });

  it('gives each answer the shape of its kind', () => {
    const answer = ['c1', null, 'v', ['f', 'v'], ['m', '9007199254740991'], []];
    expect(snapshotOf(reads, answer)).toEqual({
      checkpoint: 'c1',
      results: [
        null,
        'v',
        new Map([['f', 'v']]),
        [{ member: 'm', score: Number.MAX_SAFE_INTEGER }],
        [],
      ],
    });
  });
});
