import type { TokenClaims } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { ALL, STREAMS, type Ask, type Stream } from './auth-stack.js';

/** What bound callers may found and list, and who reads what tells of everybody. */
export function authFounding(ask: Ask): void {
  describe('founding', () => {
    const found = (claims: TokenClaims, body: object, path = '/runs') =>
      ask(claims, { method: 'POST', path, body });

    it('makes a stream of whom the credential is bound to', async () => {
      const owned = { scope: ALL, refold_owner: 'user:7', refold_tenant: 'acme' };
      const { status, body } = await found(owned, {});
      expect(status).toBe(201);
      expect(body['run']).toMatchObject({ owner_user_id: 7, tenant: 'acme' });
      const guest = await found({ scope: ALL, refold_owner: 'guest:g 1' }, {});
      expect(guest.body['run']).toMatchObject({ owner_guest_scope: 'g 1', tenant: null });
      const worker = await found(owned, {}, '/workers');
      expect(worker.status).toBe(201);
    });

    it.each([
      ['another owner', { refold_owner: 'user:7' }, { owner_user_id: 8 }, 'owner_mismatch'],
      ['a guest', { refold_owner: 'user:7' }, { owner_guest_scope: 'g' }, 'owner_mismatch'],
      ['a tenant', { refold_owner: 'user:7' }, { tenant: 'acme' }, 'tenant_mismatch'],
      ['another tenant', { refold_tenant: 'acme' }, { tenant: 'other' }, 'tenant_mismatch'],
      ['an ID not named', { refold_runs: ['a'] }, { run_id: 'b' }, 'run_mismatch'],
      ['no ID', { refold_runs: ['a'] }, {}, 'run_mismatch'],
      [
        'an owner, being bound to none',
        { refold_runs: ['a'] },
        { run_id: 'a', owner_user_id: 7 },
        'owner_mismatch',
      ],
      ['a run, being a worker', { refold_workers: ['a'] }, { run_id: 'a' }, 'run_mismatch'],
    ])('is refused with %s', async (_name, bindings, body, reason) => {
      const answer = await found({ scope: ALL, ...bindings }, body);
      expect([answer.status, answer.body['reason_code']]).toEqual([403, reason]);
    });

    it('has idempotency keys of its own for every subject', async () => {
      const as = (sub: string) =>
        ask(
          { sub, scope: ALL, refold_tenant: 'acme' },
          { method: 'POST', path: '/runs', body: {} },
          { 'idempotency-key': 'the-same' },
        );
      const [one, again, other] = [await as('one'), await as('one'), await as('other')];
      expect(again.body['run_id']).toBe(one.body['run_id']);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(other.body['run_id']).not.toBe(one.body['run_id']);
    });
  });

  describe('lists', () => {
    const list = async (claims: TokenClaims, query = '') => {
      const answer = await ask(claims, { method: 'GET', path: `/runs?limit=200&${query}` });
      const runs = (answer.body['runs'] ?? []) as { id: string }[];
      return {
        ...answer,
        ids: runs
          .map(({ id }) => id)
          .filter((id) => STREAMS.includes(id as Stream))
          .sort(),
      };
    };

    it.each([
      ['a service', {}, ['acme-0', 'acme-7', 'else-8', 'mine-7', 'nobody']],
      ['user 7', { refold_owner: 'user:7' }, ['mine-7']],
      ['user 7 of acme', { refold_owner: 'user:7', refold_tenant: 'acme' }, ['acme-7']],
      ['acme', { refold_tenant: 'acme' }, ['acme-0', 'acme-7']],
      ['a runner', { refold_runs: ['else-8', 'absent'] }, ['else-8']],
      [
        'a runner of user 7',
        { refold_owner: 'user:7', refold_runs: ['else-8', 'mine-7'] },
        ['mine-7'],
      ],
      ['a worker', { refold_workers: ['mine-7'] }, []],
    ])('show %s its runs alone', async (_name, bindings, ids) => {
      expect((await list({ scope: ALL, ...bindings })).ids).toEqual(ids);
    });

    it('refuse a filter outside of what the caller is bound to', async () => {
      const claims = { scope: ALL, refold_owner: 'user:7' };
      expect((await list(claims, 'owner_user_id=8')).body['reason_code']).toBe('owner_mismatch');
      expect((await list(claims, 'tenant=acme')).body['reason_code']).toBe('tenant_mismatch');
      expect((await list(claims, 'status=succeeded')).ids).toEqual([]);
    });

    it.each([{ refold_tenant: 'acme' }, { refold_runs: ['else-8', 'mine-7'] }])(
      'tell %j no ID of others by their cursors',
      async (bindings) => {
        let cursor = '';
        const seen: string[] = [];
        do {
          const query = cursor === '' ? '' : `&cursor=${cursor}`;
          const path = `/runs?limit=1${query}`;
          const { body } = await ask({ scope: ALL, ...bindings }, { method: 'GET', path });
          const [run] = body['runs'] as { id: string }[];
          if (run !== undefined) seen.push(run.id);
          cursor = (body['next_cursor'] as string | null) ?? '';
          const place = Buffer.from(cursor, 'base64url').toString();
          if (cursor !== '') expect(seen).toContain((JSON.parse(place) as [number, string])[1]);
        } while (cursor !== '');
        expect(seen).toEqual(
          expect.arrayContaining(
            'refold_runs' in bindings ? ['else-8', 'mine-7'] : ['acme-7', 'acme-0'],
          ),
        );
      },
    );
  });

  describe('what tells of everybody', () => {
    it.each([
      ['a service without the scope', { scope: ALL }, 403],
      ['an operator', { scope: 'operate' }, 200],
      ['an administrator', { scope: 'admin' }, 200],
      ['an operator of a tenant', { scope: 'operate', refold_tenant: 'acme' }, 403],
      ['an administrator of a run', { scope: 'admin', refold_runs: ['mine-7'] }, 403],
    ])('is answered to %s with %i', async (_name, claims, status) => {
      expect((await ask(claims, { method: 'GET', path: '/projectors' })).status).toBe(status);
    });
  });
}
