import { describe, expect, it } from 'vitest';
import { readSource } from './repository.js';

/** Licences under which what we ship may come: none of them binds the code that uses it. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** The part of an entry of the lock file that the rule reads. */
interface Locked {
  license?: string;
  dev?: boolean;
  link?: boolean;
}

/** `MIT OR GPL-3.0` leaves the choice to us, `MIT AND GPL-3.0` does not. */
const mayShip = (licence: string): boolean =>
  licence
    .replaceAll(/[()]/g, '')
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((name) => ALLOWED.has(name.trim())));

/** Packages that are installed with what we ship, and may not be. */
function faultsOf(packages: Readonly<Record<string, Locked>>): string[] {
  return Object.entries(packages).flatMap(([path, { license, dev, link }]) => {
    if (!path.startsWith('node_modules/') || dev === true || link === true) return [];
    if (license === undefined) return [`${path} names no licence`];
    return mayShip(license) ? [] : [`${path} is under ${license}`];
  });
}

describe('what ships', () => {
  it('comes under licences that bind nobody who uses it', () => {
    const { packages } = JSON.parse(readSource('package-lock.json').text) as {
      packages: Record<string, Locked>;
    };
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(faultsOf(packages)).toEqual([]);
  });

  it.each([
    [{ license: 'GPL-3.0' }, 1],
    [{}, 1],
    [{ license: 'MIT AND GPL-3.0' }, 1],
    [{ license: '(MIT OR GPL-3.0)' }, 0],
    [{ license: 'GPL-3.0', dev: true }, 0],
  ])('turns red where it has to: %j', (entry, faults) => {
    expect(faultsOf({ 'node_modules/x': entry })).toHaveLength(faults);
  });
});
