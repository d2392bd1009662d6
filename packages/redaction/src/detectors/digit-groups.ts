import { PLACEHOLDERS, type Detector } from '../kinds.js';

const CARD = /(?<![\w.+-])\d(?:[ -]?\d){13,18}(?![\w-]|\.\d| \d)/g;
/** How the digits of a card are grouped, and the lengths that are written without groups. */
const GROUPING =
  /^(?:\d{15,16}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|3\d{3}([ -])\d{6}\2\d{4,5})$/;
/** Visa, Mastercard, American Express, Diners Club, Discover, JCB, UnionPay. */
const ISSUER =
  /^(?:4\d{15}(?:\d{3})?|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14})$/;

const SSN = /(?<![\w.+-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-]|\.\d)/g;

/** The check digit of Luhn. */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Numbers of payment cards: grouped as on a card or not at all, of a known issuer, with a right check digit. */
export const paymentCards: Detector = (text, count) =>
  text.replace(CARD, (number) => {
    const digits = number.replaceAll(/\D/g, '');
    if (!GROUPING.test(number) || !ISSUER.test(digits) || !hasCheckDigit(digits)) return number;
    count('card');
    return PLACEHOLDERS.any;
  });

/** Social security numbers of the United States, in their usual form and within the assigned range. */
export const socialSecurityNumbers: Detector = (text, count) =>
  text.replace(SSN, () => {
    count('ssn');
    return PLACEHOLDERS.any;
  });
