import { WORKER_STATUSES, type WorkerStatus } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { judgeWorkerTransition, mayBecome } from './transitions.js';

/** Where a worker may go, itself included. */
const GOLDEN: Record<WorkerStatus, WorkerStatus[]> = {
  starting: ['starting', 'running', 'stopping', 'failed'],
  running: ['running', 'stopping', 'stopped', 'failed'],
  stopping: ['stopping', 'stopped', 'failed'],
  stopped: ['starting', 'running', 'stopped'],
  failed: ['starting', 'running', 'failed'],
};

const pairs = WORKER_STATUSES.flatMap((from) =>
  WORKER_STATUSES.map((to) => ({ from, to, allowed: GOLDEN[from].includes(to) })),
);

describe('the transitions of a worker', () => {
  it.each(pairs)('$from → $to: $allowed', ({ from, to, allowed }) => {
    expect(mayBecome(from, to)).toBe(allowed);
    expect(judgeWorkerTransition(from, `worker.${to}`)).toEqual(
      allowed
        ? { allowed: true, status: to }
        : { allowed: false, detail: { from, transition: to } },
    );
  });

  it.each([
    ['starting', 'running'],
    ['running', 'running'],
    ['stopping', 'stopping'],
    ['stopped', 'running'],
    ['failed', 'running'],
  ])('registering while %s leaves it %s', (from, to) => {
    expect(judgeWorkerTransition(from, 'worker.started')).toEqual({ allowed: true, status: to });
  });

  const signs = ['heartbeat', 'response', 'error', 'event'].flatMap((sign) =>
    WORKER_STATUSES.map((from) => ({ sign, from, allowed: !['stopped', 'failed'].includes(from) })),
  );

  it.each(signs)('worker.$sign while $from: $allowed', ({ sign, from, allowed }) => {
    expect(judgeWorkerTransition(from, `worker.${sign}`)).toEqual(
      allowed
        ? { allowed: true, status: null }
        : { allowed: false, detail: { from, transition: sign } },
    );
  });

  it.each([
    ['starting', false],
    ['running', true],
    ['stopping', false],
    ['stopped', false],
    ['failed', false],
  ])('a request while %s: %s', (from, allowed) => {
    expect(judgeWorkerTransition(from, 'worker.request.received')).toEqual(
      allowed
        ? { allowed: true, status: null }
        : { allowed: false, detail: { from, transition: 'request' } },
    );
  });

  it.each(WORKER_STATUSES)('have no say about other events while %s', (from) => {
    for (const type of ['worker.request', 'worker.gone', 'my.own', 'worker.']) {
      expect(judgeWorkerTransition(from, type)).toEqual({ allowed: true, status: null });
    }
  });
});
