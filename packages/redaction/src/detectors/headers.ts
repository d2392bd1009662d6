import { PLACEHOLDERS, type Detector } from '../kinds.js';
import { decodeBase64 } from './boundary.js';

const BEARER = /(?<![A-Za-z0-9_])(bearer(?:\s{1,4}|%20|\+))([\w.~+/=-]{8,})/gi;
const BASIC = /(?<![A-Za-z0-9_])(basic(?:\s{1,4}|%20|\+))([A-Za-z0-9+/_-]{6,}={0,2})/gi;
/** A cookie is `name=value`; a sentence about cookies is not. */
const COOKIE =
  /(?<![\w-])((?:set-)?cookie\s{0,2}:\s{0,2})(?=[\w!#$%&*+.^|~-]{1,128}=)[^\r\n"'\\`]+/gi;

/** Not a word of a sentence: it has a digit, or capitals inside. */
const isRandom = (token: string): boolean =>
  /\d/.test(token) || (token.length >= 16 && /[a-z][A-Z]/.test(token));

/** `user:password`, all of it printable. */
const isUserAndPassword = (encoded: string): boolean =>
  /^[\x20-\x7e\x80-\xff]*:[\x20-\x7e\x80-\xff]*$/.test(decodeBase64(encoded) ?? '');

/** What HTTP carries credentials in: `Bearer …`, `Basic …`, `Cookie: …`. The scheme stays. */
export const headers: Detector = (text, count) => {
  const found = (scheme: string): string => {
    count('header');
    return scheme + PLACEHOLDERS.any;
  };
  return text
    .replace(BEARER, (all, scheme: string, token: string) =>
      isRandom(token) ? found(scheme) : all,
    )
    .replace(BASIC, (all, scheme: string, encoded: string) =>
      isUserAndPassword(encoded) ? found(scheme) : all,
    )
    .replace(COOKIE, (_all, name: string) => found(name));
};
