import { isPlaceholder } from '../kinds.js';
import { plainName, type Meaning } from '../member-names.js';
import { isTemplate } from './template.js';

/** A name and a value that a text sets equal. */
export interface Assignment {
  name: string;
  meaning: Meaning;
  /** The name stands in quotes, as JSON has it. */
  nameQuoted: boolean;
  /** Blanks stand around the sign, as code and settings files have it. */
  spaced: boolean;
  value: string;
  /** What follows the value: the first few letters. */
  rest: string;
}

const FILE_OR_URL = /^(?:\.{0,2}|~)\/[a-z.]|:\/\//;
const MEMBER_PATH = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;
const hasDigitAndLetter = (value: string): boolean => /\d/.test(value) && /[A-Za-z]/.test(value);
const isMixed = (value: string): boolean =>
  hasDigitAndLetter(value) && /[A-Z]/.test(value) && /[a-z]/.test(value);

/** A model's piece of text and how likely it was. */
const LOG_PROBABILITY = /^\\{0,3}["']\s{0,4},\s{0,8}\\{0,3}["']logprob/;

/** The value says the name again, as labels and variables do: `"password": "Your password"`. */
const repeatsName = ({ name, value }: Assignment): boolean => {
  const words = plainName(name).split('_');
  return plainName(value).includes(words.at(-1) ?? '') && !isMixed(value);
};

const saysNothing = (one: Assignment): boolean =>
  isPlaceholder(one.value) ||
  isTemplate(one.value) ||
  FILE_OR_URL.test(one.value) ||
  repeatsName(one);

/** Whether a value in quotes is what its name says. */
export function isQuotedSecret(one: Assignment): boolean {
  const { value, meaning, nameQuoted, rest } = one;
  if (meaning.kind === 'named_personal') {
    if (!nameQuoted || isPlaceholder(value) || isTemplate(value)) return false;
    return meaning.takes?.test(value) ?? /\d/.test(value);
  }
  if (value.length < 4 || saysNothing(one)) return false;
  if (!nameQuoted && /\s/.test(value)) return false;
  if (MEMBER_PATH.test(value) && !isMixed(value)) return false;
  if (meaning.takesNumbers) return true;
  return !LOG_PROBABILITY.test(rest) && value.length >= 8 && /\d/.test(value);
}

/** Least length of a value without quotes: shorter ones are words of a sentence. */
const UNQUOTED_MIN = 6;
/** Least length of one that could be the name of something in code. */
const IDENTIFIER_MIN = 12;

/** Whether a value without quotes is what its name says; personal data is told by its form alone. */
export function isUnquotedSecret(one: Assignment): boolean {
  const { name, value, meaning, spaced, rest } = one;
  if (meaning.kind === 'named_personal' || value.length < UNQUOTED_MIN || saysNothing(one))
    return false;
  // A call or an index: `token=tokens[0]`, `password=ask()`.
  if (rest.startsWith('(') || rest.startsWith('[') || MEMBER_PATH.test(value)) return false;
  if (/^[\d.:-]+$/.test(value)) return meaning.takesNumbers && /^\d+$/.test(value);
  if (spaced && IDENTIFIER.test(value)) return isMixed(value) && value.length >= IDENTIFIER_MIN;
  if (hasDigitAndLetter(value)) return true;
  return !spaced && CONSTANT.test(name) && !CONSTANT.test(value) && value.length >= 8;
}
