import type { Verdict, VerdictNotice } from '@refold/contracts';
import { expect, it } from 'vitest';
import { parseNotices } from './verdict-notices.js';

const VERDICTS: Verdict[] = [
  { kind: 'accepted', seq: 1, status: 'running', recorded_at: 5 },
  { kind: 'duplicate', seq: 1, status: 'running', recorded_at: 5 },
  { kind: 'rejected', code: 'not_found', detail: {}, replayed: false },
  { kind: 'parked', error: 'boom' },
  { kind: 'dead_letter', reason: 'not ours' },
];

const noticeOf = (verdict: unknown): object => ({ topic: 't', partition: 0, offset: 1, verdict });

it('reads every verdict as it was written', () => {
  const notices = VERDICTS.map(noticeOf) as VerdictNotice[];
  expect(parseNotices(JSON.stringify(notices))).toEqual(notices);
});

it.each(['', '{', 'null', '1', '"[]"', '{}', '[null]', '[1]', '[[]]', '[{}]'])(
  'finds nothing in %s',
  (text) => {
    expect(parseNotices(text)).toEqual([]);
  },
);

it.each([
  undefined,
  null,
  'accepted',
  {},
  { kind: 'toString' },
  { kind: '__proto__' },
  { kind: 'accepted', seq: '1', status: 'running', recorded_at: 5 },
  { kind: 'accepted', seq: 1, status: 'running', recorded_at: null },
  { kind: 'duplicate', seq: 1 },
  { kind: 'rejected', code: 'constructor', detail: {} },
  { kind: 'rejected', code: 'not_found' },
  { kind: 'parked' },
  { kind: 'dead_letter', reason: 1 },
])('passes over the verdict %j, and takes the one beside it', (verdict) => {
  const good = noticeOf(VERDICTS[0]);
  expect(parseNotices(JSON.stringify([noticeOf(verdict), good]))).toEqual([good]);
});
