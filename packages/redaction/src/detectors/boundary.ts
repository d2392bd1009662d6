/**
 * Where a key may begin, as a part of a pattern: not inside a word. What an escape ends with is no
 * word: JSON within JSON writes a line break as `\n`, and a URL writes a sign as `%3D`.
 */
export const WORD_BEGINS = String.raw`(?:(?<![A-Za-z0-9_])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))`;

const CODE = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((sign, at) => [
    sign,
    at,
  ]),
);
CODE.set('-', 62).set('_', 63);

/** The bytes of a Base64 text as Latin-1 letters, either alphabet; null when it is none. */
export function decodeBase64(text: string): string | null {
  let decoded = '';
  let bits = 0;
  let held = 0;
  for (const sign of text) {
    if (sign === '=') break;
    const code = CODE.get(sign);
    if (code === undefined) return null;
    held = ((held << 6) | code) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      decoded += String.fromCharCode((held >> bits) & 0xff);
    }
  }
  return decoded;
}
