import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { findImports, type Import } from './imports.js';
import {
  CROSSING_FOLDERS,
  EXCEPTIONS,
  IMPORT_TABLE,
  NAMES_ANY_FILE,
  SECOND_ENTRIES,
  SEALED_FOLDERS,
  TEST_EXTRAS,
  type Scope,
} from './import-table.js';
import type { SourceText } from './repository.js';

const BUILTINS = new Set(builtinModules);
const OURS = '@refold/';

/** What one file may reach: its scope, and the folder that relative paths must not leave. */
interface Territory {
  folder: string;
  scope: Scope;
  crossing: boolean;
}

const union = (a: Scope, b: Scope): Scope => ({
  ours: [...a.ours, ...b.ours],
  packages: [...a.packages, ...b.packages],
  tools: [...a.tools, ...b.tools],
  builtins: a.builtins === 'any' || b.builtins === 'any' ? 'any' : [...a.builtins, ...b.builtins],
});

/** Tests and what they are made of stand beside their source and ship nowhere. */
const isTest = (path: string): boolean => /\.(?:test|fixture)\.ts$/.test(path);

const holds = (folder: string, path: string): boolean => path.startsWith(`${folder}/`);

/** The territory of a file, or null when no line of the table covers it. */
export function territoryOf(path: string): Territory | null {
  for (const [folder, tools] of Object.entries(CROSSING_FOLDERS)) {
    const scope: Scope = { ours: [], packages: [], tools, builtins: 'any' };
    if (holds(folder, path)) return { folder, scope, crossing: true };
  }
  const workspace = Object.keys(IMPORT_TABLE).find((folder) => holds(folder, path));
  const sealed = Object.keys(SEALED_FOLDERS).find((folder) => holds(folder, path));
  const folder = sealed ?? workspace;
  const scope = sealed === undefined ? IMPORT_TABLE[folder ?? ''] : SEALED_FOLDERS[sealed];
  if (folder === undefined || scope === undefined) return null;
  return { folder, scope: isTest(path) ? union(scope, TEST_EXTRAS) : scope, crossing: false };
}

/** `@scope/name/sub/path` → `@scope/name`; `name/sub` → `name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function faultOfRelative(path: string, specifier: string, territory: Territory): string | null {
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  if (holds(territory.folder, `${target}/`)) return null;
  return `'${specifier}' leaves ${territory.folder}; import the package by its name`;
}

function faultOfOurs(specifier: string, territory: Territory): string | null {
  const name = packageOf(specifier).slice(OURS.length);
  if (specifier !== `${OURS}${name}` && !SECOND_ENTRIES.has(specifier))
    return `'${specifier}' reaches past the index of a package`;
  if (territory.crossing || territory.scope.ours.includes(name)) return null;
  return `${territory.folder} must not import '${specifier}'`;
}

function faultOfSpecifier(path: string, specifier: string, territory: Territory): string | null {
  const { scope, folder } = territory;
  if (specifier.startsWith('.')) return faultOfRelative(path, specifier, territory);
  if (specifier.startsWith('/') || specifier.startsWith('file:')) {
    return `'${specifier}' is an absolute path`;
  }
  if (specifier.startsWith(OURS)) return faultOfOurs(specifier, territory);
  if (specifier.startsWith('node:')) {
    if (scope.builtins === 'any' || scope.builtins.includes(specifier)) return null;
    return `${folder} must not import '${specifier}'`;
  }
  if (BUILTINS.has(specifier)) return `'${specifier}' must be written 'node:${specifier}'`;
  const name = packageOf(specifier);
  if (scope.packages.includes(name) || scope.tools.includes(name)) return null;
  return `${folder} must not import '${specifier}'`;
}

function faultOfImport(path: string, found: Import, territory: Territory): string | null {
  const { specifier, via } = found;
  if (specifier === null) {
    if (territory.crossing || via === 'url') return null;
    return 'the module is computed, so the import table cannot judge it; name it';
  }
  if (via === 'url') {
    return isTest(path) || NAMES_ANY_FILE.has(territory.folder)
      ? null
      : faultOfRelative(path, specifier, territory);
  }
  if (EXCEPTIONS.has(`${path} imports ${specifier}`)) return null;
  return faultOfSpecifier(path, specifier, territory);
}

/** What is wrong with the imports of one file: `path:line: sentence` each, empty when all is well. */
export function judgeImports(source: SourceText): string[] {
  const territory = territoryOf(source.path);
  if (territory === null) return [`${source.path}:1: no line of the import table covers this file`];
  return findImports(source).flatMap((found) => {
    const fault = faultOfImport(source.path, found, territory);
    return fault === null ? [] : [`${source.path}:${found.line}: ${fault}`];
  });
}
