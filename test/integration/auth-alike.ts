import { RULEBOOK, rulesOf } from '@refold/domain';
import type { TokenClaims } from '@refold/test-kit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RUN_OPERATIONS, workerOperations } from './auth-operations.js';
import { ALL, requestOf, type Ask, type Wired } from './auth-stack.js';

/** How long an event of our own may wait for its verdict before the test says so. */
const PENDING_MS_MAX = 60_000;

/** That nothing tells a stream of somebody else from one that there is not. */
export function authAlike(ask: Ask): void {
  describe('a stream of somebody else is answered as one that there is not', () => {
    const limited: TokenClaims[] = [
      { scope: ALL, refold_owner: 'user:7' },
      { scope: ALL, refold_tenant: 'zeta' },
    ];
    /** What an answer tells, its stream's ID and what is new each time taken out. */
    const told = ({ status, headers, text }: Wired, id: string) => {
      const kept = Object.entries(headers).filter(
        ([name]) => !['date', 'x-request-id'].includes(name),
      );
      const masked = text
        .replaceAll(id, 'STREAM')
        .replaceAll(/"request_id":"[^"]*"/g, '')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
        .replaceAll(/"(receipt|position)":"[^"]*"/g, '"$1":""');
      const heads = kept.map(([name, value]) => [
        name,
        name === 'location' || name === 'refold-position' ? '' : value.replaceAll(id, 'STREAM'),
      ]);
      return { status, masked, heads };
    };
    const operations = [
      ...RUN_OPERATIONS.map((operation) => ({
        kind: 'runs',
        operation,
        title: `runs: ${operation.name}`,
      })),
      ...workerOperations({}).map((operation) => ({
        kind: 'workers',
        operation,
        title: `workers: ${operation.name}`,
      })),
    ];

    it.each(operations)('$title', async ({ operation, kind }) => {
      const [claims] = kind === 'runs' ? limited.slice(1) : limited;
      for (const headers of [{}, { prefer: 'respond-async' }, { prefer: 'wait=0' }]) {
        const foreign = await ask(claims!, requestOf(operation, 'else-8'), headers);
        const absent = await ask(claims!, requestOf(operation, 'absent'), headers);
        expect(told(foreign, 'else-8')).toEqual(told(absent, 'absent'));
      }
    });

    it('also when a key is repeated, with the same content and with another one', async () => {
      for (const claims of limited) {
        const answers = await Promise.all(
          ['else-8', 'absent'].map(async (id) => {
            const send = (event_type: string) =>
              ask(
                claims,
                { method: 'POST', path: `/runs/${id}/events`, body: { event_type } },
                { 'idempotency-key': `key-${String(claims.refold_tenant)}` },
              );
            const inTurn = [await send('my.one'), await send('my.one'), await send('my.other')];
            return inTurn.map((answer) => told(answer, id));
          }),
        );
        expect(answers[0]).toEqual(answers[1]);
        expect(answers[0]?.map(({ status }) => status)).toEqual([404, 404, 404]);
      }
    });

    it('also where its fold stands still', async () => {
      const parked = 'park-8';
      const { run: rules } = rulesOf(RULEBOOK, 1);
      const transition = rules.transition.bind(rules);
      vi.spyOn(rules, 'transition').mockImplementation((status, claim, owner) => {
        if (claim.type !== 'my.poison') return transition(status, claim, owner);
        throw new TypeError('poison');
      });
      onTestFinished(() => void vi.restoreAllMocks());
      const append = (id: string, event_type: string) => ({
        method: 'POST',
        path: `/runs/${id}/events`,
        body: { event_type },
      });
      const made = { method: 'POST', path: '/runs', body: { run_id: parked, owner_user_id: 8 } };
      expect((await ask({ scope: ALL }, made)).status).toBe(201);
      const stopped = await ask({ scope: ALL }, append(parked, 'my.poison'));
      expect(stopped.body).toMatchObject({ verdict: 'parked' });
      for (const claims of limited) {
        const foreign = await ask(claims, append(parked, 'my.one'));
        const absent = await ask(claims, append('absent', 'my.one'));
        expect(told(foreign, parked)).toEqual(told(absent, 'absent'));
        expect(foreign.status).toBe(404);
      }
    });

    it('also by receipts, its own and those it makes up', async () => {
      const claims = limited[0]!;
      const read = async (id: string) => {
        const stored = await ask(
          claims,
          { method: 'POST', path: `/runs/${id}/events`, body: { event_type: 'my.own' } },
          { prefer: 'respond-async', 'idempotency-key': 'receipted' },
        );
        expect(stored.status).toBe(202);
        const token = String(stored.body['receipt']);
        const fields = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
        const madeUp = [
          [...fields.slice(0, 7), null],
          [...fields.slice(0, 7), 0],
          [...fields.slice(0, 4), 'another-id', ...fields.slice(5)],
        ].map((made) => Buffer.from(JSON.stringify(made)).toString('base64url'));
        const answers: unknown[] = [];
        for (const receipt of [token, ...madeUp]) {
          let answer = await ask(claims, { method: 'GET', path: `/receipts/${receipt}` });
          await vi.waitFor(
            async () => {
              answer = await ask(claims, { method: 'GET', path: `/receipts/${receipt}` });
              expect(answer.body['state'], `the receipt ${receipt} of ${id}`).not.toBe('pending');
            },
            { timeout: PENDING_MS_MAX, interval: 20 },
          );
          const members = { ...answer.body, offset: 0 };
          answers.push(told({ ...answer, text: JSON.stringify(members), headers: {} }, id));
        }
        return answers;
      };
      const [foreign, absent] = [await read('else-8'), await read('absent')];
      expect(foreign).toEqual(absent);
      expect(JSON.stringify(foreign)).toContain('rejected');
    });
  });
}
