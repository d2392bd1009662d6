import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from './run-vitest.mjs';

/**
 * @typedef {object} Proof
 * @property {string} name file name without `.test.ts`
 * @property {string} suite the vitest project, which is the folder under test/
 * @property {string} path from the root
 * @property {string} summary what it shows, in one line
 */

/**
 * What a proof shows, on one line: the first sentence of the comment the file opens with, else the
 * title of its first `describe` or `it`; empty without either.
 */
export function summaryOf(text) {
  const comment = /^\s*\/\*\*([\s\S]*?)\*\//.exec(text)?.[1];
  if (comment === undefined) return /\b(?:describe\w*|it)\(\s*(['"`])(.*?)\1/.exec(text)?.[2] ?? '';
  const prose = comment
    .replaceAll(/^\s*\*\s?/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return /^.*?[.!?](?=\s|$)/.exec(prose)?.[0] ?? prose;
}

/** A proof is a test that has a full size: it calls `proofSize`. Sorted by name. */
export function findProofs() {
  const paths = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.test.ts') && !path.startsWith('architecture/'));
  return paths
    .map((path) => ({ path: `test/${path}`, text: readFileSync(join(ROOT, 'test', path), 'utf8') }))
    .filter(({ text }) => text.includes('proofSize('))
    .map(({ path, text }) => ({
      name: basename(path, '.test.ts'),
      suite: path.split('/')[1],
      path,
      summary: summaryOf(text),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
