import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** The folder that holds the repository, with a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Folders that hold nothing we wrote. */
const FOREIGN = new Set(['node_modules', 'dist', '.git', '.cache', '.refold', 'coverage']);

/** A file of the repository: its path from the root with forward slashes, and its text. */
export interface SourceText {
  path: string;
  text: string;
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (FOREIGN.has(entry.name)) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** Every file of the repository that we wrote, as paths from the root, sorted. */
export const listFiles = (): string[] => [...walk('')].sort();

export const readSource = (path: string): SourceText => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8'),
});

/** True for a path from the root that names a file or a folder. */
export const exists = (path: string): boolean =>
  statSync(join(ROOT, path), { throwIfNoEntry: false }) !== undefined;

/** The part of a package.json that the rules read. */
export interface Manifest {
  name: string;
  exports?: Record<string, unknown>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

export const readManifest = (path: string): Manifest =>
  JSON.parse(readSource(path).text) as Manifest;
