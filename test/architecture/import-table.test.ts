import { describe, expect, it } from 'vitest';
import { findImports } from './imports.js';
import { EXCEPTIONS, IMPORT_TABLE, SECOND_ENTRIES } from './import-table.js';
import { judgeImports, packageOf, territoryOf } from './judge-imports.js';
import { exists, listFiles, readManifest, readSource } from './repository.js';

const OURS = '@refold/';
const files = listFiles().filter((path) =>
  /^(packages|services|test|bench)\/.*\.[cm]?[jt]sx?$/.test(path),
);
const root = readManifest('package.json');

/** Packages of the registry that the sources of a folder reach for. */
const externalsOf = (folder: string): Set<string> =>
  new Set(
    files
      .filter((path) => path.startsWith(`${folder}/src/`) && !/\.(?:test|fixture)\.ts$/.test(path))
      .flatMap((path) => findImports(readSource(path)))
      .flatMap(({ specifier, via }) =>
        specifier === null || via === 'url' || /^(\.|node:)/.test(specifier)
          ? []
          : [packageOf(specifier)],
      ),
  );

describe('the import table', () => {
  it('covers every workspace, and only workspaces that exist', () => {
    const workspaces = listFiles()
      .filter((path) => /^((packages|services)\/[^/]+|bench)\/package\.json$/.test(path))
      .map((path) => path.slice(0, -'/package.json'.length));
    expect(Object.keys(IMPORT_TABLE).sort()).toEqual(workspaces.sort());
  });

  it('is kept by every source file', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((path) => judgeImports(readSource(path)))).toEqual([]);
  });

  it('says the same as the dependencies of each package.json', () => {
    for (const [folder, scope] of Object.entries(IMPORT_TABLE)) {
      const declared = Object.keys(readManifest(`${folder}/package.json`).dependencies ?? {});
      const allowed = [...scope.ours.map((name) => `${OURS}${name}`), ...scope.packages];
      expect({ folder, names: declared.sort() }).toEqual({ folder, names: allowed.sort() });
    }
  });

  it('names tools that the root declares', () => {
    const tools = Object.values(IMPORT_TABLE).flatMap((scope) => scope.tools);
    expect(tools.filter((name) => root.devDependencies?.[name] === undefined)).toEqual([]);
  });

  it('is mirrored by the project references of each workspace', () => {
    const folderOf = (name: string): string =>
      exists(`packages/${name}`) ? `packages/${name}` : `services/${name}`;
    for (const [folder, scope] of Object.entries(IMPORT_TABLE)) {
      const config = JSON.parse(readSource(`${folder}/tsconfig.json`).text) as {
        references?: { path: string }[];
      };
      const referenced = (config.references ?? []).map(({ path }) =>
        path.replace(/^(\.\.\/)+/, ''),
      );
      expect({ folder, to: referenced.sort() }).toEqual({
        folder,
        to: scope.ours.map(folderOf).sort(),
      });
    }
  });

  it('lists the same workspaces as the build and the type check', () => {
    const build = JSON.parse(readSource('tsconfig.json').text) as {
      references: { path: string }[];
    };
    const check = JSON.parse(readSource('tsconfig.check.json').text) as {
      compilerOptions: { paths: Record<string, string[]> };
    };
    const folders = Object.keys(IMPORT_TABLE).sort();
    const names = folders
      .filter((folder) => folder !== 'bench')
      .map((folder) => readManifest(`${folder}/package.json`).name)
      .sort();
    expect(build.references.map(({ path }) => path).sort()).toEqual(folders);
    const entries = folders.flatMap((folder) => {
      const { name, exports = {} } = readManifest(`${folder}/package.json`);
      return Object.keys(exports).map((entry) => name + entry.slice(1));
    });
    expect(entries.filter((entry) => !names.includes(entry))).toEqual([...SECOND_ENTRIES]);
    expect(Object.keys(check.compilerOptions.paths).sort()).toEqual(
      [...names, ...SECOND_ENTRIES].sort(),
    );
  });

  it('allows nothing of the registry that its sources do not use', () => {
    const unused = Object.entries(IMPORT_TABLE).flatMap(([folder, scope]) => {
      const used = externalsOf(folder);
      return scope.packages
        .filter((name) => !used.has(name))
        .map((name) => `${folder} declares ${name} and never imports it`);
    });
    expect(unused).toEqual([]);
  });
});

describe('the exceptions', () => {
  it('are all still needed', () => {
    const used = files.flatMap((path) =>
      findImports(readSource(path)).map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect([...EXCEPTIONS].filter((exception) => !used.includes(exception))).toEqual([]);
  });
});

describe('the import table turns red', () => {
  const domain = 'packages/domain/src/run/evolve.ts';
  const model = 'packages/test-kit/src/model/model.ts';
  it.each([
    ['a fold that imports a client', domain, `import Redis from 'ioredis';`],
    ['a type-only import', domain, `import type { Kafka } from 'kafkajs';`],
    ['an import type', domain, `export type K = import('kafkajs').Kafka;`],
    ['a re-export', domain, `export * from '@refold/redis';`],
    ['a dynamic import', domain, `await import('@refold/redis');`],
    ['a computed dynamic import', domain, `const n = 'io' + 'redis'; await import(n);`],
    ['a template that begins with a package', domain, 'require(`ioredis/built/${name}`);'],
    ['a template that begins with less', domain, 'require(`zod${name}`);'],
    ['a template as module name', domain, 'await import(`ioredis`);'],
    ['a require', domain, `require('ioredis');`],
    ['a made require', domain, `const load = createRequire(import.meta.url); load('ioredis');`],
    [
      'a renamed maker',
      domain,
      `import { createRequire as m } from 'node:crypto'; m('x')('ioredis');`,
    ],
    ['an import-require', domain, `import x = require('ioredis');`],
    ['a reference comment', domain, `/// <reference types="ioredis" />`],
    ['a relative path into another package', domain, `import '../../../redis/src/client.js';`],
    [
      'a file of another package by URL',
      domain,
      `new URL('../../../redis/x.lua', import.meta.url);`,
    ],
    ['a deep import of ours', domain, `import '@refold/contracts/dist/ids.js';`],
    ['a deep import of theirs', domain, `import 'ioredis/built/cluster';`],
    ['a builtin in a pure package', domain, `import { readFileSync } from 'node:fs';`],
    ['a builtin in the pipeline', 'packages/pipeline/src/x.ts', `import 'node:timers/promises';`],
    ['a builtin without its prefix', 'packages/kafka/src/x.ts', `import 'fs';`],
    ['domain importing the engine', domain, `import type { LogRecord } from '@refold/pipeline';`],
    ['an adapter importing another', 'packages/kafka/src/x.ts', `import '@refold/redis';`],
    ['a package importing a service', 'packages/service/src/x.ts', `import '@refold/projector';`],
    ['a source importing the test kit', 'packages/kafka/src/x.ts', `import '@refold/test-kit';`],
    ['the model importing the fold', model, `import { decide } from '@refold/domain';`],
    ['the model importing a neighbour', model, `import '../backends/chooser.js';`],
    [
      'a test reaching into sources',
      'test/unit/x.test.ts',
      `import '../../packages/redis/src/x.js';`,
    ],
    ['a file nobody covers', 'packages/unheard-of/src/x.ts', `export const a = 1;`],
  ])('on %s', (_name, path, text) => {
    expect(judgeImports({ path, text })).toHaveLength(1);
  });

  it('and not on a comment, a string, or what is allowed', () => {
    const text = `
      // import 'ioredis';
      const note = "import 'ioredis'";
      import hash from 'xxhash-wasm';
      import { subjectOf } from '@refold/contracts';
      import { createHash } from 'node:crypto';
      import { other } from './other.js';
      import { claim } from '../claim.js';`;
    expect(judgeImports({ path: domain, text })).toEqual([]);
    expect(territoryOf(domain)?.folder).toBe('packages/domain');
  });
});
