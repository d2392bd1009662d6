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

/** A test file has a full size when it calls `proofSize`, or draws its inputs. */
const SIZED = /proofSize\(|from '@refold\/test-kit\/properties'/;

const testsIn = (folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.test.ts') && !path.includes('/node_modules/'));

/** A proof is a test that has a full size. Sorted by name. */
export function findProofs() {
  return ['packages', 'test']
    .flatMap(testsIn)
    .filter((path) => !path.startsWith('test/architecture/'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
    .filter(({ text }) => SIZED.test(text))
    .map(({ path, text }) => ({
      name: basename(path, '.test.ts'),
      suite: path.startsWith('test/') ? path.split('/')[1] : 'unit',
      path,
      summary: summaryOf(text),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
