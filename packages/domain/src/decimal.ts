/** A decimal as the digits of an integer and how many of them stand behind the point. */
interface Scaled {
  digits: string;
  scale: number;
}

/** Digits of which every sum of two is a safe integer. */
const SAFE_DIGITS = 15;

/** Reads decimal texts and what `Number.prototype.toString` writes, exponents included. */
function parse(text: string): Scaled {
  const [mantissa = '0', exponent = '0'] = text.split('e');
  const point = mantissa.indexOf('.');
  const digits = point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  const scale = (point < 0 ? 0 : mantissa.length - point - 1) - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits + '0'.repeat(-scale), scale: 0 };
}

function print(digits: string, scale: number): string {
  const padded = digits.padStart(scale + 1, '0');
  const point = padded.length - scale;
  let end = padded.length;
  while (end > point && padded.charAt(end - 1) === '0') end -= 1;
  const whole = padded.slice(0, point);
  return end === point ? whole : `${whole}.${padded.slice(point, end)}`;
}

const addDigits = (a: string, b: string): string =>
  a.length <= SAFE_DIGITS && b.length <= SAFE_DIGITS
    ? String(Number(a) + Number(b))
    : String(BigInt(a) + BigInt(b));

/** The exact sum of two decimals of at least 0; a number stands for the decimal it prints as. */
export function addDecimals(a: string | number, b: string | number): string {
  const [left, right] = [parse(String(a)), parse(String(b))];
  const scale = Math.max(left.scale, right.scale);
  const sum = addDigits(
    left.digits + '0'.repeat(scale - left.scale),
    right.digits + '0'.repeat(scale - right.scale),
  );
  return print(sum, scale);
}
