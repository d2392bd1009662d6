import { PLACEHOLDERS, type Detector } from '../kinds.js';
import type { Meaning } from '../member-names.js';
import { isQuotedSecret, isUnquotedSecret, type Assignment } from './assigned-value.js';

/** What the names of secrets and of personal data end with. */
const LAST_WORDS = [
  ...['token', 'secret', 'password', 'passwd', 'passphrase', 'passcode', 'key', 'apikey'],
  ...['authorization', 'cookie', 'address', 'street', 'code', 'zip', 'ssn', 'number', 'cvv', 'cvc'],
];

/** Furthest back that a name may begin, in UTF-16 units. */
const NAME_MAX = 64;
/** Longest value in quotes, in UTF-16 units; a longer one ends at its first blank. */
const QUOTED_MAX = 8_192;
/** How much of what follows a value is looked at. */
const REST = 32;

const IN_NAME = /[\w-]/;
/** As much of a value without quotes as is judged; one that is a secret is replaced to its end. */
const UNQUOTED = /[^\s"'`,;&<>(){}[\]|\\]{0,128}/y;
const UNQUOTED_REST = /[^\s"'`,;&<>(){}[\]|\\]*/y;
/** The way of proving who one is, before what proves it. */
const SCHEME = /(?:bearer|basic|token|digest|apikey|negotiate|key)\s{1,4}/iy;

function startOfName(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < NAME_MAX && IN_NAME.test(text[start - 1] ?? '')) start -= 1;
  return start;
}

/** Where a text in quotes ends; -1: nowhere near. A quote behind a backslash is a part of the text. */
function endOfQuoted(text: string, quote: string, from: number): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (at - from > QUOTED_MAX) return -1;
    if (at === from || text[at - 1] !== '\\') return at;
  }
  return -1;
}

/**
 * Values that a text sets under a name that means a secret: `"password": "…"` in JSON within a text,
 * `API_KEY=…`, `?access_token=…`, `token: …`.
 * @param meaningOf What a name means; null: nothing. @param added Names of the operator's own.
 */
export function assignments(
  meaningOf: (name: string) => Meaning | null,
  added: readonly string[],
): Detector {
  const words = [...LAST_WORDS, ...added.map((name) => name.replaceAll('_', '[ _-]?'))];
  const pair = new RegExp(
    String.raw`(${words.join('|')})(\\{0,3}["'])?(\s{0,4}(?:=>|:=|[:=](?!=))\s{0,4})(\\{0,3}["'` +
      '`])?',
    'gi',
  );

  return (text, count) => {
    let redacted = '';
    let kept = 0;
    pair.lastIndex = 0;
    for (let found = pair.exec(text); found !== null; found = pair.exec(text)) {
      const [, word = '', nameQuote, sign = '', quote] = found;
      const nameEnd = found.index + word.length;
      const name = text.slice(startOfName(text, nameEnd), nameEnd);
      const meaning = meaningOf(name);
      if (meaning === null) continue;
      let from = pair.lastIndex;
      let end = quote === undefined ? -1 : endOfQuoted(text, quote, from);
      const quoted = end !== -1;
      if (!quoted) {
        SCHEME.lastIndex = from;
        if (SCHEME.test(text)) from = SCHEME.lastIndex;
        UNQUOTED.lastIndex = from;
        UNQUOTED.test(text);
        end = UNQUOTED.lastIndex;
      }
      const one: Assignment = {
        name,
        meaning,
        nameQuoted: nameQuote !== undefined,
        spaced: /\s/.test(sign),
        value: text.slice(from, end),
        rest: text.slice(end, end + REST),
      };
      if (!(quoted ? isQuotedSecret(one) : isUnquotedSecret(one))) continue;
      if (!quoted) {
        UNQUOTED_REST.lastIndex = end;
        UNQUOTED_REST.test(text);
        end = UNQUOTED_REST.lastIndex;
      }
      redacted += text.slice(kept, from) + PLACEHOLDERS.any;
      kept = end;
      pair.lastIndex = end;
      count('assignment');
    }
    return kept === 0 ? text : redacted + text.slice(kept);
  };
}
