import { withoutPassword } from './address.js';
import { expectationOf } from './parsers.js';
import type { ConfigOf, ConfigProblem, ConfigTable, Setting, Settings } from './setting.js';

/** The environment as a process has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration that is whole, or everything that is wrong with it. */
export type ConfigReading<S extends Settings> =
  | {
      ok: true;
      config: ConfigOf<S>;
      /** Each variable as it was read, passwords and secrets hidden: for the first log lines. */
      shown: Record<string, string>;
      /** Variables that look like ours and are nobody's. */
      warnings: string[];
    }
  | { ok: false; problems: ConfigProblem[] };

const OWN_PREFIX = 'REFOLD_';
const HIDDEN = '***';

/** A wrong configuration ends the process with this code; so do wrong arguments of the command line. */
export const EXIT_USAGE = 2;

type SettingReading = { ok: true; value: unknown } | { ok: false; problem: ConfigProblem };

function readSetting(setting: Setting, environment: Environment): SettingReading {
  const expected = `expected ${expectationOf(setting.parser)}`;
  const refuse = (why: string): SettingReading => ({
    ok: false,
    problem: { env: setting.env, expected: why },
  });
  const given = environment[setting.env];
  if (given === '') return refuse(`is set but empty: ${expected}, or leave it unset`);
  const text = given ?? setting.default;
  if (text === undefined) {
    return setting.required === true
      ? refuse(`is required: ${expected} (${setting.description})`)
      : { ok: true, value: undefined };
  }
  const read = setting.parser.safeParse(text);
  if (read.success) return { ok: true, value: read.data };
  const shown = setting.secret === true ? '' : `, got ${JSON.stringify(withoutPassword(text))}`;
  // A parser may say more of what it refused than what it takes.
  const told = read.error.issues[0]?.message ?? '';
  return refuse(`${told.startsWith(expected) ? told : expected}${shown}`);
}

function show(setting: Setting, environment: Environment): string {
  const text = environment[setting.env] ?? setting.default;
  if (text === undefined) return '(unset)';
  return setting.secret === true ? HIDDEN : withoutPassword(text);
}

function strangers(
  service: string,
  declared: readonly string[],
  environment: Environment,
): string[] {
  const known = new Set(declared);
  return Object.keys(environment)
    .filter((name) => name.startsWith(OWN_PREFIX) && !known.has(name))
    .sort()
    .map((name) => `${name} is set, but ${service} has no such setting; it is ignored`);
}

/**
 * Reads every setting of a table, and reports all that is wrong at once. Pure, but for the files
 * that settings name.
 * `alsoKnown`: variables of neighbours that may share this environment without a warning.
 */
export function readConfig<S extends Settings>(
  table: ConfigTable<S>,
  environment: Environment,
  alsoKnown: readonly string[] = [],
): ConfigReading<S> {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  const shown: Record<string, string> = {};
  for (const [name, setting] of Object.entries(table.settings)) {
    const reading = readSetting(setting, environment);
    if (reading.ok) values[name] = reading.value;
    else problems.push(reading.problem);
    shown[setting.env] = show(setting, environment);
  }
  if (problems.length > 0) return { ok: false, problems };
  const config = Object.freeze(values) as ConfigOf<S>;
  const broken = table.checks.map((check) => check(config)).filter((problem) => problem !== null);
  if (broken.length > 0) return { ok: false, problems: broken };
  const declared = [...Object.values(table.settings).map(({ env }) => env), ...alsoKnown];
  return { ok: true, config, shown, warnings: strangers(table.service, declared, environment) };
}

/** The list a person gets on standard error when a configuration is wrong. */
export const writeProblems = (service: string, problems: readonly ConfigProblem[]): string =>
  [
    `${service} cannot start: ${problems.length} setting${problems.length === 1 ? ' is' : 's are'} wrong.`,
    ...problems.map(({ env, expected }) => `  ${env}: ${expected}`),
    'All settings are described in docs/configuration.md.',
    '',
  ].join('\n');

/** What a process begins with: its configuration and what to log about it. */
export type LoadedConfig<S extends Settings> = Omit<Extract<ConfigReading<S>, { ok: true }>, 'ok'>;

/**
 * {@link readConfig} over the environment of this process: the only place that reads it.
 * A wrong configuration is listed on standard error and ends the process with {@link EXIT_USAGE}.
 */
export function loadConfig<S extends Settings>(
  table: ConfigTable<S>,
  alsoKnown: readonly string[] = [],
): LoadedConfig<S> {
  const reading = readConfig(table, process.env, alsoKnown);
  if (reading.ok) return reading;
  process.stderr.write(writeProblems(table.service, reading.problems));
  process.exit(EXIT_USAGE);
}
