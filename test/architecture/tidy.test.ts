import { describe, expect, it } from 'vitest';
import { judgePage, type Targets } from './docs.js';
import { judgeName } from './names.js';
import { judgePurity } from './purity.js';
import { exists, listFiles, readManifest, readSource } from './repository.js';
import { TEXT_RULES, judgeText } from './text-rules.js';

const paths = listFiles();
const readable = paths.filter((path) =>
  /\.(?:ts|tsx|mjs|js|lua|sh|py|go|java|md|ya?ml|json)$|^\.ci\/run$/.test(path),
);
const sources = readable.map(readSource);
const code = sources.filter(({ path }) =>
  /^(?:packages|services|test|scripts|bench)\/.*\.(?:ts|mjs)$/.test(path),
);
const pages = sources.filter(({ path }) => path.endsWith('.md'));

const suitesOf = (text: string): Set<string> =>
  new Set([...text.matchAll(/^\s+'([a-z-]+)',$/gm)].map(([, name = '']) => name));

const targets: Targets = {
  exists,
  textOf: (path) => readSource(path).text,
  scripts: new Set(Object.keys(readManifest('package.json').scripts ?? {})),
  suites: suitesOf(readSource('scripts/suites.mjs').text),
};

describe('every file', () => {
  it.each(TEXT_RULES)('$name', (rule) => {
    expect(sources.flatMap((source) => judgeText(rule, source))).toEqual([]);
    expect(judgeText(rule, rule.broken)).not.toEqual([]);
  });

  it('is named by a noun in kebab-case', () => {
    expect(paths.flatMap(judgeName)).toEqual([]);
    expect(judgeName('packages/x/src/data-fault.ts')).toEqual([]);
    for (const name of [
      'readConfig.ts',
      'run-utils.ts',
      'handle.ts',
      'Run/state.ts',
      'event_data.ts',
      'event-data.ts',
      'process-batch.ts',
    ]) {
      expect(judgeName(`packages/x/src/${name}`)).not.toEqual([]);
    }
  });
});

describe('the engine', () => {
  it('takes clock, randomness and IDs as arguments, and only configuration reads the environment', () => {
    expect(code.flatMap(judgePurity)).toEqual([]);
  });

  it.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const { now } = Date;',
    'const id = Math.random();',
    'await new Promise((r) => setTimeout(r, 1));',
    'globalThis.crypto.randomUUID();',
    `import { randomUUID } from 'node:crypto';`,
    'performance.now();',
    `const level = process.env['LEVEL'];`,
    'const { env } = process;',
    `import { env } from 'node:process';`,
  ])('turns red on %s', (text) => {
    expect(judgePurity({ path: 'packages/domain/src/x.ts', text })).not.toEqual([]);
  });

  it('turns red on an environment read in an adapter, and not where it belongs', () => {
    const text = `const address = process.env['KAFKA'];`;
    expect(judgePurity({ path: 'packages/kafka/src/x.ts', text })).toHaveLength(1);
    expect(judgePurity({ path: 'packages/service/src/config/read-config.ts', text })).toEqual([]);
  });

  it('stays green on dates that are functions of their arguments', () => {
    const text = `const at = new Date(ms).toISOString(); interface Clock { random(): number; setTimeout: 1 }`;
    expect(judgePurity({ path: 'packages/domain/src/x.ts', text })).toEqual([]);
  });
});

describe('every page', () => {
  it('links to what exists and names commands that exist', () => {
    expect(pages.flatMap((page) => judgePage(page, targets))).toEqual([]);
  });

  it.each([
    '[a](nowhere.md)',
    '[a](README.md#no-such-heading)',
    '[a](../outside.md)',
    'Run `npm run no-such-script`.',
    'Run `npm test -- no-such-suite`.',
  ])('turns red on %s', (text) => {
    const heading = {
      ...targets,
      exists: (path: string) => path === 'README.md',
      textOf: () => '# A',
    };
    expect(judgePage({ path: 'README.md', text }, heading)).toHaveLength(1);
  });
});
