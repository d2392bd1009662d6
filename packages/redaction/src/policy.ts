import { assignments } from './detectors/assignments.js';
import { ADDED_MEANING, meaningOf, plainName, type Meaning } from './member-names.js';
import { textRedactor, type TextRedactor } from './redact-text.js';

/** What is taken out: secrets and personal data, secrets alone, or nothing. */
export const REDACTION_MODES = ['secrets-and-pii', 'secrets', 'off'] as const;
export type RedactionMode = (typeof REDACTION_MODES)[number];

/** What a policy is made of. */
export interface RedactionOptions {
  /** `secrets-and-pii` when absent. */
  mode?: RedactionMode;
  /** Names of members whose values are secrets too, however they are spelled: `badgeNo` is `badge_no`. */
  extraKeys?: readonly string[];
  /** Names of members that are kept as they are, with everything in them; they go before all others. */
  keptKeys?: readonly string[];
  /** What your own keys begin with, see {@link SECRET_PREFIX}; at least eight more letters, digits, `_`, `-` follow. */
  prefixes?: readonly string[];
}

/** How the name of a member may be written in {@link RedactionOptions}. */
export const MEMBER_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_. -]{0,62}[A-Za-z0-9])?$/;

/** What a prefix may be; whole patterns are not taken, because some take for ever to match. */
export const SECRET_PREFIX = /^[A-Za-z0-9][A-Za-z0-9_.-]{2,31}$/;

/** What the name of a member leads to. */
export interface NameRule {
  /** What it says about the value; null: nothing. */
  meaning: Meaning | null;
  /** The value is not looked at. */
  kept: boolean;
  /** In `{"name": "X-Api-Key", "value": "…"}` this is `value`. */
  isValue: boolean;
  /** The name itself holds nothing that is taken out. */
  clean: boolean;
}

/** What is taken out, ready to be applied. Safe to share. */
export interface RedactionPolicy {
  readonly mode: RedactionMode;
  readonly ruleOf: (name: string) => NameRule;
  readonly text: TextRedactor;
  /** The same for secrets alone. */
  readonly secretText: TextRedactor;
}

/** Names are few and come with every event; a caller that invents them fills no more than this. */
const REMEMBERED_NAMES = 4_096;
const REMEMBERED_LENGTH = 64;

const plainNames = (names: readonly string[]): string[] =>
  names.map((name) => {
    if (MEMBER_NAME.test(name)) return plainName(name);
    throw new TypeError(`expected 1-64 letters, digits, '_', '-', '.' and blanks, got '${name}'`);
  });

const checkedPrefixes = (prefixes: readonly string[]): readonly string[] => {
  for (const prefix of prefixes) {
    if (SECRET_PREFIX.test(prefix)) continue;
    throw new TypeError(`expected 3-32 of A-Z a-z 0-9 _ . -, got '${prefix}'`);
  }
  return prefixes;
};

/** A policy that does the same with the same options, always. @throws TypeError on a bad name or prefix. */
export function createRedactionPolicy(options: RedactionOptions = {}): RedactionPolicy {
  const { mode = 'secrets-and-pii', extraKeys = [], keptKeys = [], prefixes = [] } = options;
  const personal = mode === 'secrets-and-pii';
  const extra = new Set(plainNames(extraKeys));
  const kept = new Set(plainNames(keptKeys));

  const meaningIn = (plain: string): Meaning | null => {
    if (kept.has(plain)) return null;
    return extra.has(plain) ? ADDED_MEANING : meaningOf(plain, personal);
  };

  const judge = (name: string): NameRule => {
    const plain = plainName(name);
    const isKept = kept.has(plain);
    const clean = isKept || text(name, () => undefined) === name;
    return { meaning: meaningIn(plain), kept: isKept, isValue: plain === 'value', clean };
  };

  const remembered = new Map<string, NameRule>();
  const ruleOf = (name: string): NameRule => {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const rule = judge(name);
    const fits = remembered.size < REMEMBERED_NAMES && name.length <= REMEMBERED_LENGTH;
    if (fits && rule.clean) remembered.set(name, rule);
    return rule;
  };

  const named = assignments((name) => meaningIn(plainName(name)), [...extra]);
  const secretText = textRedactor(named, checkedPrefixes(prefixes), false);
  const text = personal ? textRedactor(named, prefixes, true) : secretText;
  return { mode, ruleOf, text, secretText };
}
