import { describe, expect, it } from 'vitest';
import { VERDICT_COUNTERS, verdictEntries } from './verdict-digest.js';

const STATE = {
  ...{ seq: 3, chain: '0123456789abcdef', status: 'running', createdAt: 1_000, updatedAt: 1_003 },
  owner: { tenant: null, principal: 'user:1' },
};

const DOCUMENT = { state: STATE, parked: null, next: 9 };

const amounts = (document: Parameters<typeof verdictEntries>[1], subject = 'run/a') =>
  verdictEntries(subject, document).map(({ amount }) => amount);

describe('what a stream adds to the digest of its slot', () => {
  it('is the same for the same decisions, in numbers whose sums stay exact', () => {
    expect(amounts(DOCUMENT)).toEqual(amounts(structuredClone(DOCUMENT)));
    expect(amounts(DOCUMENT)).toHaveLength(VERDICT_COUNTERS.length);
    for (const amount of amounts(DOCUMENT)) expect(amount).toBeLessThan(2 ** 24);
  });

  it.each([
    ['seq', { seq: 4 }],
    ['chain', { chain: '0123456789abcdee' }],
    ['status', { status: 'completed' }],
    ['owner', { owner: { tenant: null, principal: 'user:2' } }],
    ['tenant', { owner: { tenant: 'user:1', principal: null } }],
    ['time', { updatedAt: 1_004 }],
  ])('is another one with another %s', (_, change) => {
    expect(amounts({ ...DOCUMENT, state: { ...STATE, ...change } })).not.toEqual(amounts(DOCUMENT));
  });

  it('is that of the stream, up to its last claim', () => {
    expect(amounts(DOCUMENT, 'run/b')).not.toEqual(amounts(DOCUMENT));
    expect(amounts({ ...DOCUMENT, next: 10 })).not.toEqual(amounts(DOCUMENT));
  });

  it('is nothing while the stream stands parked or has not begun', () => {
    const parked = { offset: 9, time: 1, error: 'x', count: 0, last: 9 };
    expect(amounts({ ...DOCUMENT, parked })).toEqual([]);
    expect(amounts({ ...DOCUMENT, state: null })).toEqual([]);
  });
});
