import { describe, expect, it } from 'vitest';
import { listFiles, readManifest, readSource, type Manifest } from './repository.js';

const PAGE = 'docs/dependencies.md';
const OURS = '@refold/';

/** Package names in the first column of the tables of the page, with their reason in the last. */
function reasonsOf(text: string): Map<string, string> {
  const rows = [...text.matchAll(/^\|\s*`([^`]+)`\s*\|(?:.*\|)?\s*([^|]*?)\s*\|$/gm)];
  return new Map(rows.map(([, name = '', reason = '']) => [name, reason]));
}

const manifests = listFiles()
  .filter((path) => /^(?:(?:packages|services)\/[^/]+\/|bench\/)?package\.json$/.test(path))
  .map(readManifest);

const versionsOf = (manifest: Manifest): [string, string][] =>
  Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

const declared = manifests.flatMap(versionsOf).filter(([name]) => !name.startsWith(OURS));

/** Names on one side only, and rows whose reason is missing. */
function differences(names: Iterable<string>, reasons: ReadonlyMap<string, string>): string[] {
  const known = new Set(names);
  return [
    ...[...known].filter((name) => !reasons.has(name)).map((name) => `${name} has no reason`),
    ...[...reasons].flatMap(([name, reason]) => {
      if (!known.has(name)) return [`${name} is explained and not declared`];
      return reason.length < 20 ? [`the reason for ${name} says too little`] : [];
    }),
  ];
}

describe('the page of dependencies', () => {
  it('gives a reason for each one, and for nothing else', () => {
    const reasons = reasonsOf(readSource(PAGE).text);
    expect(reasons.size).toBeGreaterThan(10);
    expect(differences(new Set(declared.map(([name]) => name)), reasons)).toEqual([]);
  });

  it('turns red on an unexplained, a vanished and an unreasoned one', () => {
    const reasons = reasonsOf(
      '| `zod` | service | what validates every message |\n| `x` | y | no |',
    );
    expect([...reasons]).toHaveLength(2);
    expect(differences(['zod', 'ioredis'], reasons)).toHaveLength(2);
    expect(differences(['zod', 'x'], reasons)).toHaveLength(1);
  });
});

describe('dependencies', () => {
  it('are pinned to one exact version each across the workspaces', () => {
    const loose = declared.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
    const versions = new Map<string, Set<string>>();
    for (const [name, version] of declared) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
  });
});
