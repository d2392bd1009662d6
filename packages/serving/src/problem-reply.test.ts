import { ProblemError } from '@refold/contracts';
import { CatchingUp, StoreUnavailable } from '@refold/pipeline';
import { HTTP_FAULTS, HttpFault, type HttpFaultKind } from '@refold/service';
import { describe, expect, it } from 'vitest';
import { toProblem } from './problem-reply.js';

describe('the reply to an error', () => {
  it('is the problem itself, with the time to wait and the ID of the request', () => {
    const problem = new ProblemError('overloaded', { detail: 'full' });
    const { status, body, headers } = toProblem(problem, 'r1');
    expect(status).toBe(503);
    expect(headers).toEqual({ 'retry-after': '1' });
    expect(body).toMatchObject({ code: 'overloaded', error: 'overloaded', request_id: 'r1' });
  });

  it.each([
    [new CatchingUp(3, 9, 4), 'catching_up', 503],
    [new StoreUnavailable('away'), 'store_unavailable', 503],
    [new Error('secret of the house'), 'internal', 500],
    ['thrown text', 'internal', 500],
  ])('%s', (error, code, status) => {
    const reply = toProblem(error, '');
    expect([reply.status, (reply.body as { code: string }).code]).toEqual([status, code]);
    expect(JSON.stringify(reply.body)).not.toContain('secret');
    expect(reply.body).not.toHaveProperty('request_id');
  });

  it.each(Object.keys(HTTP_FAULTS) as HttpFaultKind[])(
    'keeps the status and headers of what the server refuses: %s',
    (kind) => {
      const fault = new HttpFault(kind, 'why', { headers: { allow: 'GET' } });
      const { status, body, headers } = toProblem(fault, '');
      expect(status).toBe(HTTP_FAULTS[kind]);
      expect(headers?.['allow']).toBe('GET');
      expect(headers?.['retry-after']).toBe([429, 503].includes(status) ? '1' : undefined);
      expect(body).toMatchObject({ status, detail: 'why' });
    },
  );
});
