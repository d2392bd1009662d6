import { z } from 'zod';
import { SPACES, trimmed } from './blank.js';

/**
 * What no name holds: control characters and unpaired surrogates. UTF-8 cannot carry the latter, so two
 * names would be one key of a store; the former break headers and lines of logs. Spelt out, because
 * other languages have other words for it.
 */
const UNNAMEABLE = '\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff';

const CHARACTERS = `[^${UNNAMEABLE}]*`;
const BEGUN = `[^${SPACES}${UNNAMEABLE}]${CHARACTERS}`;

/** Regular expressions for descriptions: a name, maybe an empty one. */
export const NAME_PATTERN = `^${CHARACTERS}$`;

/** A name that is not only white space. */
export const NOT_BLANK_NAME = `^${CHARACTERS}[^${SPACES}${UNNAMEABLE}]${CHARACTERS}$`;

/** What is a name, maybe an empty one, once it is trimmed. */
export const TRIMMED_NAME = trimmed(CHARACTERS);

/** The same, and not empty, behind what it begins with. */
export const trimmedNameBehind = (beginning: string): string => trimmed(`${beginning}${BEGUN}`);

const NAME = new RegExp(NAME_PATTERN, 'u');

/** Whether a text may be a name: it holds no control character and no unpaired surrogate. */
export const isName = (text: string): boolean => NAME.test(text);

/** What to report when {@link isName} fails. */
export const NAME_EXPECTED = {
  error: 'expected a text without control characters and unpaired surrogates',
};

/** A name, maybe an empty one: what a thing is told apart by and found under; at most `max` characters. */
export const nameUpTo = (max: number) => z.string().max(max).regex(NAME, NAME_EXPECTED);

/** A name of 1 to `max` characters. */
export const nameText = (max: number) => nameUpTo(max).min(1);
