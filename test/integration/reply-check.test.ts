import { problemDocument, type ProblemCode } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { replyCheck, type Exchange } from './reply-check.js';

const check = replyCheck(false);

const JSON_TYPE = 'application/json; charset=utf-8';

const exchange = (more: Partial<Exchange>, body: unknown): Exchange => ({
  method: 'POST',
  path: '/internal/v1/runs/r/cancel',
  payload: '{"reason":"enough"}',
  requestType: 'application/json',
  status: 202,
  text: JSON.stringify(body),
  ...more,
  headers: {
    'content-type': JSON_TYPE,
    'x-request-id': 'r-1',
    'refold-position': '3:7',
    location: '/internal/v1/receipts/x',
    ...more.headers,
  },
});

const PENDING = { run_id: 'r', verdict: 'pending', receipt: 'x', position: '3:7', event_id: 'e' };

const refused = (code: ProblemCode, more: Partial<Exchange> = {}): Exchange => {
  const errors = [{ field: '/reason', expected: 'something else' }];
  const body = problemDocument(code, { detail: 'No.', errors });
  const headers = { 'content-type': 'application/problem+json' };
  return exchange({ status: body.status, ...more, headers }, body);
};

describe('the check of replies', () => {
  it('takes what is described', () => {
    check(exchange({}, PENDING));
    check(refused('not_found'));
    check(refused('invalid_request', { payload: '{"reason":7}' }));
    check(refused('not_found', { method: 'GET', path: '/nothing' }));
    check(refused('method_not_allowed', { method: 'PUT' }));
  });

  const withoutReceipt = { ...PENDING, receipt: undefined };

  it.each<[string, Exchange, RegExp]>([
    ['a member that is missing', exchange({}, withoutReceipt), /receipt/],
    ['a member that is not described', exchange({}, { ...PENDING, more: 1 }), /additional/],
    ['a member of another type', exchange({}, { ...PENDING, event_id: 7 }), /event_id/],
    ['a status', exchange({ status: 207 }, PENDING), /no such status/],
    ['a media type', exchange({ headers: { 'content-type': 'text/html' } }, PENDING), /text\/html/],
    ['a header that is missing', exchange({ headers: { location: undefined } }, PENDING), /Loc/],
    ['a header', exchange({ headers: { 'refold-position': 'x' } }, PENDING), /Refold-Position/],
    ['a code', refused('receipt_invalid'), /code/],
    ['a request that was taken', exchange({ payload: '{"reason":7}' }, PENDING), /reason/],
    ['a request that was refused', refused('invalid_request'), /description allows/],
    ['a route', exchange({ path: '/internal/v1/nothing' }, PENDING), /is no operation/],
  ])('refuses %s that is not as described', (_what, bad, why) => {
    expect(() => check(bad)).toThrow(why);
  });
});
