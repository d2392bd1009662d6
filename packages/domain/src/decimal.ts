/** A decimal as an integer and the number of its digits behind the point. */
interface Scaled {
  digits: bigint;
  scale: number;
}

/** Reads decimal texts and what `Number.prototype.toString` writes, exponents included. */
function parse(text: string): Scaled {
  const [mantissa = '0', exponent = '0'] = text.split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function print({ digits, scale }: Scaled): string {
  const text = digits.toString().padStart(scale + 1, '0');
  const point = text.length - scale;
  const fraction = text.slice(point).replace(/0+$/, '');
  return fraction === '' ? text.slice(0, point) : `${text.slice(0, point)}.${fraction}`;
}

const rescale = (value: Scaled, scale: number): bigint =>
  value.digits * 10n ** BigInt(scale - value.scale);

/** The exact sum of two decimals of at least 0; a number stands for the decimal it prints as. */
export function addDecimals(a: string | number, b: string | number): string {
  const [left, right] = [parse(String(a)), parse(String(b))];
  const scale = Math.max(left.scale, right.scale);
  return print({ digits: rescale(left, scale) + rescale(right, scale), scale });
}
