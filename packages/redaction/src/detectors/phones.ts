import { PLACEHOLDERS, type Detector } from '../kinds.js';

/** No digit, letter or sign before it that would make it a part of something longer. */
const BEFORE = String.raw`(?<![\w+.\]/-])`;
const AFTER = String.raw`(?!\w|[-.]\d)`;

/** With a plus and a country code, up to fifteen digits (E.164). */
const INTERNATIONAL = new RegExp(String.raw`${BEFORE}\+[1-9](?:[ .()-]{0,2}\d){7,14}${AFTER}`, 'g');
/** North America: `(415) 555-2671`, `415-555-2671`, `1-415-555-2671`. */
const NORTH_AMERICAN = new RegExp(
  String.raw`${BEFORE}(?:\+?1[ .-])?(?:\([2-9]\d\d\)[ -]?[2-9]\d\d[ .-]\d{4}|[2-9]\d\d([.-])[2-9]\d\d\1\d{4})${AFTER}`,
  'g',
);
/** With a leading zero, in three groups of one separator, ten or eleven digits: `020 7946 0958`. */
const NATIONAL = new RegExp(
  String.raw`${BEFORE}(?<!\d )0[1-9]\d{0,3}([ -])\d{3,4}\1\d{3,4}(?! \d)${AFTER}`,
  'g',
);
/** Five pairs: `01 23 45 67 89`; bytes in hexadecimal go on before or behind. */
const IN_PAIRS = new RegExp(
  String.raw`${BEFORE}(?<![0-9A-Fa-f]{2}[ :])0[1-9](?: \d\d){4}(?![ :][0-9A-Fa-f]{2})${AFTER}`,
  'g',
);

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');
const DATE = /\d{4}-\d\d-\d\d/;
const COMPACT_DATE = /^20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d\d|\d{6})$/;
const NORTH_AMERICAN_DIGITS = /^1[2-9]\d\d[2-9]\d{6}$/;

/** Most country codes have national numbers of seven digits and more. */
function isInternational(number: string): boolean {
  const digits = digitsOf(number);
  if (digits.startsWith('1')) return NORTH_AMERICAN_DIGITS.test(digits);
  return digits.length >= 10 && !DATE.test(number) && !COMPACT_DATE.test(digits);
}

function isNational(number: string): boolean {
  const { length } = digitsOf(number);
  return length === 10 || length === 11;
}

/** Phone numbers in forms that nothing else has; nine digits alone are no phone number. */
export const phones: Detector = (text, count) => {
  const found = (): string => {
    count('phone');
    return PLACEHOLDERS.phone;
  };
  return text
    .replace(INTERNATIONAL, (number) => (isInternational(number) ? found() : number))
    .replace(NORTH_AMERICAN, found)
    .replace(NATIONAL, (number) => (isNational(number) ? found() : number))
    .replace(IN_PAIRS, found);
};
