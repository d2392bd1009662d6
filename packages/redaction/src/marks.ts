/** Signs that a text has, as bits: every kind of finding needs some of them. */
export const MARK = {
  /** An @. */
  at: 1,
  /** A colon or an equals sign. */
  assigns: 2,
  digit: 4,
  /** A capital behind a small letter. */
  camel: 8,
  /** {@link LONG} letters, digits, `_` and `-` in a row. */
  long: 16,
  /** Nine digits, wherever they stand. */
  digits: 32,
} as const;

/** The shortest row that a key of an issuer has. */
const LONG = 16;
const DIGITS = 9;

const SMALL = 128;
const CAPITAL = 256;
const WORD = 512;

const ASCII = 128;
const CLASS = new Uint16Array(ASCII);
const classify = (signs: string, bits: number): void => {
  for (const sign of signs) CLASS[sign.charCodeAt(0)] = bits;
};
classify('@', MARK.at);
classify(':=', MARK.assigns);
classify('0123456789', MARK.digit | WORD);
classify('abcdefghijklmnopqrstuvwxyz', SMALL | WORD);
classify('ABCDEFGHIJKLMNOPQRSTUVWXYZ', CAPITAL | WORD);
classify('_-', WORD);

/** What is told to the caller of the bits that a sign has by itself, and of those that a row has. */
const SHOWN = MARK.at | MARK.assigns | MARK.digit | MARK.camel | MARK.long;

/**
 * The marks of a text, in one pass: most texts lack what most kinds need, and finding that out costs a
 * tenth of looking for them.
 */
export function marksOf(text: string): number {
  let seen = 0;
  let row = 0;
  let digits = 0;
  let before = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const sign = code < ASCII ? (CLASS[code] ?? 0) : 0;
    seen |= sign;
    if ((sign & WORD) === 0) row = 0;
    else {
      row += 1;
      if (row === LONG) seen |= MARK.long;
      if ((sign & MARK.digit) !== 0) digits += 1;
      else if ((sign & CAPITAL) !== 0 && (before & SMALL) !== 0) seen |= MARK.camel;
    }
    before = sign;
  }
  const rest = seen & SHOWN;
  return digits >= DIGITS ? rest | MARK.digits : rest;
}
