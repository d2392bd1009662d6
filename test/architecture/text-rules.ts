import type { SourceText } from './repository.js';

/** A rule that reads the text of a file line by line, with an example that breaks it. */
export interface TextRule {
  name: string;
  appliesTo: RegExp;
  /** Paths the rule leaves out, each for a reason that stands beside it. */
  except?: RegExp;
  faultsOf(source: SourceText): string[];
  broken: SourceText;
}

const CODE = /\.(?:ts|tsx|mjs|js|lua|sh|py|go|java)$|^\.ci\/run$/;
const PROSE_AND_CODE = /\.(?:ts|tsx|mjs|js|lua|sh|py|go|java|md|ya?ml|json)$|^\.ci\/run$/;
/** Recorded runs are evidence, and the lock file belongs to npm. */
const NOT_OURS = /^(?:test\/traces\/.*\.(?:json|traj)|package-lock\.json)$/;

/** Faults of every line that a pattern matches. */
const matching =
  (pattern: RegExp, sentence: string) =>
  ({ path, text }: SourceText): string[] =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${sentence}`] : []));

const atMost =
  (linesMax: number) =>
  ({ path, text }: SourceText): string[] => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines > linesMax ? [`${path}: ${lines} lines, at most ${linesMax}; split by noun`] : [];
  };

// Words are assembled so that this file does not break its own rules.
const later = ['TO', 'DO'].join('');
const machine = ['', 'home', 'somebody', 'refold'].join('/');

function faultsOfLuaHeader({ path, text }: SourceText): string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--') && !line.startsWith('#!'));
  const header = lines.slice(0, end === -1 ? lines.length : end).join('\n');
  return ['KEYS', 'ARGV', 'Returns']
    .filter((word) => !header.toLowerCase().includes(word.toLowerCase()))
    .map((word) => `${path}: the opening comment does not say what its ${word} are`);
}

export const TEXT_RULES: readonly TextRule[] = [
  {
    name: 'a file of code has at most 300 lines',
    appliesTo: CODE,
    faultsOf: atMost(300),
    broken: { path: 'packages/x/src/x.ts', text: 'const a = 1;\n'.repeat(301) },
  },
  {
    name: 'the README and the architecture page have at most 120 lines',
    appliesTo: /^(?:README\.md|docs\/architecture\.md)$/,
    faultsOf: atMost(120),
    broken: { path: 'README.md', text: 'word\n'.repeat(121) },
  },
  {
    name: 'nothing is put off by a note in the code',
    appliesTo: PROSE_AND_CODE,
    except: NOT_OURS,
    faultsOf: matching(/\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/, 'do it, or open an issue'),
    broken: { path: 'packages/x/src/x.ts', text: `// ${later}: later` },
  },
  {
    name: 'no test is focused or left out',
    appliesTo: /\.(?:ts|mjs)$/,
    faultsOf: matching(
      /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:only|skip|todo|runIf|fails)\b|\b[fx](?:it|describe)\(/,
      'run it or delete it',
    ),
    broken: { path: 'test/unit/x.test.ts', text: ['it', `skip('x', () => {});`].join('.') },
  },
  {
    name: 'a test that leaves itself out without its backend fails under continuous integration',
    appliesTo: /\.(?:ts|mjs)$/,
    faultsOf: (source) =>
      source.text.includes('missingBackendFails()')
        ? []
        : matching(/\b(?:it|test|describe)\.skipIf\b/, 'ask missingBackendFails() first')(source),
    broken: { path: 'test/unit/x.test.ts', text: ['describe', 'skipIf(!runnable)'].join('.') },
  },
  {
    name: 'exports have names',
    appliesTo: /^(?:packages|services|test|scripts|bench)\/.*\.(?:ts|mjs)$/,
    // Declarations describe what other people's modules export.
    except: /\.d\.ts$/,
    faultsOf: matching(/^\s*export default\b|\bas default\b/, 'export it by name'),
    broken: { path: 'packages/x/src/x.ts', text: ['export', 'default 1;'].join(' ') },
  },
  {
    name: 'no path of one machine',
    appliesTo: PROSE_AND_CODE,
    except: NOT_OURS,
    faultsOf: matching(/(?<![\w.])\/(?:work|home|root|Users)\//, 'a path of one machine'),
    broken: { path: 'docs/x.md', text: `see ${machine}` },
  },
  {
    name: 'a Lua script opens with its keys, arguments and returns',
    appliesTo: /\.lua$/,
    faultsOf: faultsOfLuaHeader,
    broken: { path: 'packages/redis/src/scripts/x.lua', text: 'return redis.call("GET", KEYS[1])' },
  },
];

/** What a rule finds in a file; nothing when the rule does not read it. */
export const judgeText = (rule: TextRule, source: SourceText): string[] =>
  rule.appliesTo.test(source.path) && rule.except?.test(source.path) !== true
    ? rule.faultsOf(source)
    : [];
