import { describe, expect, it } from 'vitest';
import { listFiles, readManifest, readSource } from './repository.js';

const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** A manifest with the members that the rule reads. */
interface Versioned {
  name: string;
  version?: string;
  dependencies?: Record<string, string>;
}

/** Where a workspace has, or asks for, another version than that of the whole. */
function faultsOf(version: string, manifests: readonly Versioned[]): string[] {
  return manifests.flatMap((manifest) => {
    const asked = Object.entries(manifest.dependencies ?? {})
      .filter(([name, wanted]) => name.startsWith('@refold/') && wanted !== version)
      .map(([name, wanted]) => `${manifest.name} asks for ${name} ${wanted}`);
    const own = manifest.version === version ? [] : [`${manifest.name} is ${manifest.version}`];
    return [...own, ...asked];
  });
}

describe('the version', () => {
  const manifests = listFiles()
    .filter((path) => /(?:^|\/)package\.json$/.test(path))
    .map((path) => readManifest(path) as Versioned);
  const whole = manifests.find(({ name }) => name === 'refold')?.version ?? '';

  it('is one for all packages, and a semantic one', () => {
    expect(whole).toMatch(SEMVER);
    expect(manifests.length).toBeGreaterThan(10);
    expect(faultsOf(whole, manifests)).toEqual([]);
  });

  it('turns red on a package that went ahead, and on one that asks for another', () => {
    const ahead = { name: 'a', version: '9.0.0' };
    const stale = { name: 'b', version: whole, dependencies: { '@refold/a': '9.0.0' } };
    expect(faultsOf(whole, [ahead])).toHaveLength(1);
    expect(faultsOf(whole, [stale])).toHaveLength(1);
  });

  it('is named by the changelog, or still unreleased', () => {
    const text = readSource('CHANGELOG.md').text;
    expect(text.includes(`## [${whole}]`) || text.includes('## [Unreleased]')).toBe(true);
  });
});
