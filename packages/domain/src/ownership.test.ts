import { describe, expect, it } from 'vitest';
import { mayClaim, NOBODY, ownerNamedBy, ownerText } from './ownership.js';

describe('the owner of a stream', () => {
  it('is who the creating event names, else who made it, else nobody', () => {
    expect(ownerNamedBy({ owner_user_id: 5, tenant: 'acme' }, 'svc')).toEqual({
      tenant: 'acme',
      principal: 'user:5',
    });
    expect(ownerNamedBy({ owner_guest_scope: ' g/1 ' }, 'svc')).toEqual({
      tenant: null,
      principal: 'guest:g/1',
    });
    expect(ownerNamedBy({ owner_user_id: null }, 'svc')).toEqual({
      tenant: null,
      principal: 'svc',
    });
    expect(ownerNamedBy({}, null)).toBe(NOBODY);
    expect(ownerNamedBy({ tenant: 'acme' }, null)).toEqual({ tenant: 'acme', principal: null });
  });

  it('is written with its tenant in front', () => {
    expect(ownerText({ tenant: 'acme', principal: 'user:5' })).toBe('acme/user:5');
    expect(ownerText({ tenant: null, principal: 'user:5' })).toBe('user:5');
    expect(ownerText({ tenant: 'acme', principal: null })).toBe('acme/');
    expect(ownerText(NOBODY)).toBeNull();
  });
});

describe('a principal', () => {
  const acme5 = { tenant: 'acme', principal: 'user:5' };
  it.each([
    [NOBODY, 'anybody', true],
    [acme5, null, true],
    [acme5, 'acme/user:5', true],
    [acme5, 'user:5', false],
    [acme5, 'globex/user:5', false],
    [acme5, 'acme/user:55', false],
    [{ tenant: null, principal: 'user:5' }, 'user:5', true],
    [{ tenant: null, principal: 'user:5' }, 'acme/user:5', false],
    [{ tenant: 'acme', principal: null }, 'acme/user:9', true],
    [{ tenant: 'acme', principal: null }, 'acme2/user:9', false],
    [{ tenant: 'acme', principal: null }, 'user:9', false],
    [{ tenant: 'acme', principal: 'user:5' }, 'acme/', true],
    [{ tenant: 'acme', principal: null }, 'acme/', true],
    [{ tenant: 'acme2', principal: 'user:5' }, 'acme/', false],
    [{ tenant: null, principal: 'user:5' }, 'acme/', false],
  ])('of %j: may %s claim? %s', (owner, principal, expected) => {
    expect(mayClaim(owner, { principal, bound: false })).toBe(expected);
  });
});

describe('a claimant that is bound', () => {
  it('reaches its own streams, and not those of nobody', () => {
    const own = { tenant: null, principal: 'user:5' };
    expect(mayClaim(own, { principal: 'user:5', bound: true })).toBe(true);
    expect(mayClaim(own, { principal: 'user:6', bound: true })).toBe(false);
    expect(mayClaim(NOBODY, { principal: 'user:5', bound: true })).toBe(false);
    expect(mayClaim(NOBODY, { principal: 'acme/', bound: true })).toBe(false);
    expect(mayClaim(NOBODY, { principal: 'user:5', bound: false })).toBe(true);
  });

  it('to a tenant makes streams that belong to the whole tenant', () => {
    expect(ownerNamedBy({}, 'acme/')).toEqual({ tenant: 'acme', principal: null });
    expect(ownerNamedBy({}, 'acme/user:7')).toEqual({ tenant: 'acme', principal: 'user:7' });
    expect(ownerNamedBy({}, 'guest:a/b')).toEqual({ tenant: null, principal: 'guest:a/b' });
  });
});
