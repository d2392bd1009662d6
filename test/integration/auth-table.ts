import type { TokenClaims } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { authAlike } from './auth-alike.js';
import { authFounding } from './auth-founding.js';
import { RUN_OPERATIONS, workerOperations, type TableOperation } from './auth-operations.js';
import { ALL, requestOf, STREAMS, tableStack, type Stream, type Wired } from './auth-stack.js';
import type { OpenPorts } from './http-stack.js';

/** What a caller is answered: let in, as if there were nothing, told that it is bound, or not let in. */
type Outcome = 'in' | 'hidden' | 'bound' | 'scope' | 'who';

interface Row {
  name: string;
  claims: TokenClaims | null;
  /** On runs; a caller lacks every stream that is not listed. */
  runs: Partial<Record<Stream, Outcome>>;
  others: Outcome;
}

/** The same on workers, whose owner a caller that is bound to none has to name. */
interface WorkerRow {
  name: string;
  claims: TokenClaims | null;
  workers: Partial<Record<Stream, Outcome>>;
  others: Outcome | 'owner';
  owner: { owner_user_id?: number };
}

const ROWS: readonly Row[] = [
  { name: 'nobody', claims: null, runs: {}, others: 'who' },
  { name: 'an expired token', claims: { scope: ALL, expiresIn: -31 }, runs: {}, others: 'who' },
  { name: 'no scope', claims: {}, runs: { absent: 'scope' }, others: 'scope' },
  { name: 'an operator', claims: { scope: 'operate' }, runs: {}, others: 'scope' },
  { name: 'a service', claims: { scope: ALL }, runs: { absent: 'hidden' }, others: 'in' },
  {
    name: 'an administrator',
    claims: { scope: 'admin' },
    runs: { absent: 'hidden' },
    others: 'in',
  },
  {
    name: 'user 7',
    claims: { scope: ALL, refold_owner: 'user:7' },
    runs: { 'mine-7': 'in' },
    others: 'hidden',
  },
  {
    name: 'user 7 of acme',
    claims: { scope: ALL, refold_owner: 'user:7', refold_tenant: 'acme' },
    runs: { 'acme-7': 'in', 'acme-0': 'in' },
    others: 'hidden',
  },
  {
    name: 'the tenant acme',
    claims: { scope: ALL, refold_tenant: 'acme' },
    runs: { 'acme-7': 'in', 'acme-0': 'in' },
    others: 'hidden',
  },
  {
    name: 'a runner of one run',
    claims: { scope: ALL, refold_runs: ['else-8', 'absent'] },
    runs: { 'else-8': 'in', absent: 'hidden' },
    others: 'bound',
  },
  {
    name: 'a runner of runs of user 7',
    claims: { scope: ALL, refold_owner: 'user:7', refold_runs: ['mine-7', 'else-8'] },
    runs: { 'mine-7': 'in', 'else-8': 'hidden' },
    others: 'bound',
  },
  {
    name: 'a runner of no run',
    claims: { scope: ALL, refold_runs: [] },
    runs: {},
    others: 'bound',
  },
  {
    name: 'a worker',
    claims: { scope: ALL, refold_workers: ['mine-7'] },
    runs: {},
    others: 'bound',
  },
];

/** The whole table of who may do what, a test each cell. */
export function authTable(name: string, open: OpenPorts): void {
  describe(`who may do what, on ${name}`, () => {
    const ask = tableStack(open);
    const service: TokenClaims = { scope: ALL };

    const check = (answer: Wired, outcome: Outcome, { lacks, body }: TableOperation): void => {
      const reason = answer.body['reason_code'];
      switch (outcome) {
        case 'who':
          expect(answer.status).toBe(401);
          expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="refold"/);
          return;
        case 'scope':
          expect([answer.status, reason]).toEqual([403, 'missing_scope']);
          return;
        case 'bound':
          expect(answer.status).toBe(403);
          expect(reason).toMatch(/_mismatch$/);
          return;
        case 'hidden':
        case 'in': {
          const results = answer.body['results'] as { status: number }[] | undefined;
          const status = Array.isArray(body) ? (results?.[0]?.status ?? 0) : answer.status;
          const isFollowing = String(answer.body['detail']).includes('follows the log');
          if (lacks === true) expect([status, isFollowing]).toEqual([404, outcome === 'in']);
          else if (outcome === 'hidden') expect(status).toBe(404);
          else expect(status, answer.text).toBeLessThan(300);
        }
      }
    };

    describe.each(ROWS)('runs: $name', ({ claims, runs, others }) => {
      const cells = RUN_OPERATIONS.flatMap((operation) =>
        STREAMS.map((stream) => ({
          title: `${operation.name}, ${stream}: ${runs[stream] ?? others}`,
          operation,
          stream,
        })),
      );
      it.each(cells)('$title', async ({ operation, stream }) => {
        const answer = await ask(claims, requestOf(operation, stream));
        check(answer, runs[stream] ?? others, operation);
      });
    });

    const WORKER_ROWS: readonly WorkerRow[] = [
      { name: 'nobody', claims: null, workers: {}, others: 'who', owner: {} },
      { name: 'no scope', claims: {}, workers: {}, others: 'scope', owner: {} },
      {
        name: 'a service for user 7',
        claims: service,
        workers: { 'mine-7': 'in', absent: 'hidden' },
        others: 'owner',
        owner: { owner_user_id: 7 },
      },
      {
        name: 'user 7, who names nobody',
        claims: { scope: ALL, refold_owner: 'user:7' },
        workers: { 'mine-7': 'in' },
        others: 'hidden',
        owner: {},
      },
      {
        name: 'user 7, who names user 8',
        claims: { scope: ALL, refold_owner: 'user:7' },
        workers: {},
        others: 'bound',
        owner: { owner_user_id: 8 },
      },
      {
        name: 'user 7 of acme',
        claims: { scope: ALL, refold_owner: 'user:7', refold_tenant: 'acme' },
        workers: { 'acme-7': 'in' },
        others: 'hidden',
        owner: {},
      },
      {
        name: 'the tenant acme for its user 7',
        claims: { scope: ALL, refold_tenant: 'acme' },
        workers: { 'acme-7': 'in' },
        others: 'hidden',
        owner: { owner_user_id: 7 },
      },
      {
        name: 'a worker that names itself',
        claims: { scope: ALL, refold_workers: ['mine-7'] },
        workers: { 'mine-7': 'in' },
        others: 'bound',
        owner: { owner_user_id: 7 },
      },
      {
        name: 'a runner of a run of the same ID',
        claims: { scope: ALL, refold_runs: ['mine-7'] },
        workers: {},
        others: 'bound',
        owner: { owner_user_id: 7 },
      },
    ];

    describe.each(WORKER_ROWS)('workers: $name', ({ claims, workers, others, owner }) => {
      const streams: readonly Stream[] = ['mine-7', 'acme-7', 'else-8', 'absent'];
      const cells = workerOperations(owner).flatMap((operation) =>
        streams.map((stream) => {
          const outcome = workers[stream] ?? others;
          return { title: `${operation.name}, ${stream}: ${outcome}`, operation, stream, outcome };
        }),
      );
      it.each(cells)('$title', async ({ operation, stream, outcome }) => {
        const answer = await ask(claims, requestOf(operation, stream));
        // The contract: a service names the owner, and is told when it is another one.
        if (outcome === 'owner')
          expect([answer.status, answer.body['code']]).toEqual([403, 'forbidden']);
        else check(answer, outcome, operation);
      });
    });

    authFounding(ask);
    authAlike(ask);
  });
}
