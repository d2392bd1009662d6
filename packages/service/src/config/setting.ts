import { expectationOf, type Parser } from './parsers.js';

/**
 * One setting, declared as data. `default` is written as somebody would write it in the
 * environment and goes through the same parser. Without a default a setting is `required`, or its
 * value may be undefined.
 */
export interface Setting<Value = unknown> {
  /** The variable's name: capitals, digits, underscores. */
  env: string;
  parser: Parser<Value>;
  default?: string;
  required?: boolean;
  /** What the value counts in once read, for people: `ms`, `bytes`, `events`. */
  unit?: string;
  description: string;
  /** True: the value is never printed. */
  secret?: boolean;
}

/** The settings of one service: what the code calls it → how it is read. */
export type Settings = Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = S extends { parser: Parser<infer Value> }
  ? S extends { default: string } | { required: true }
    ? Value
    : Value | undefined
  : never;

/** What reading gives: one typed value per setting. */
export type ConfigOf<S extends Settings> = { readonly [Name in keyof S]: ValueOf<S[Name]> };

/** Something wrong with the environment, and what is expected instead. */
export interface ConfigProblem {
  env: string;
  expected: string;
}

/** A rule between settings: what is wrong, or null. */
export type ConfigCheck<S extends Settings> = (config: ConfigOf<S>) => ConfigProblem | null;

/** A service's settings and the rules between them: what `readConfig` reads and docs are produced from. */
export interface ConfigTable<S extends Settings = Settings> {
  service: string;
  settings: S;
  checks: readonly ConfigCheck<S>[];
}

/**
 * Declares the configuration of a service. Throws on a mistake in the declaration itself: a name
 * that is not a variable's, two settings of one name, a default its own parser refuses.
 */
export function defineConfig<const S extends Settings>(
  service: string,
  settings: S,
  checks: readonly ConfigCheck<S>[] = [],
): ConfigTable<S> {
  const seen = new Set<string>();
  for (const setting of Object.values(settings)) {
    const fault = faultOf(setting, seen);
    if (fault !== null) throw new TypeError(`${service}: ${setting.env}: ${fault}`);
    seen.add(setting.env);
  }
  return { service, settings, checks };
}

function faultOf(setting: Setting, seen: ReadonlySet<string>): string | null {
  if (!/^[A-Z][A-Z0-9_]*$/.test(setting.env)) return 'is no name of an environment variable';
  if (seen.has(setting.env)) return 'is declared twice';
  if (setting.default === undefined) return null;
  if (setting.required === true) return 'has a default and is required';
  const read = setting.parser.safeParse(setting.default);
  return read.success ? null : `its default is not ${expectationOf(setting.parser)}`;
}
