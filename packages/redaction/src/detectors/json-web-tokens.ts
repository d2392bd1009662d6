import { PLACEHOLDERS, type Detector } from '../kinds.js';
import { decodeBase64, WORD_BEGINS } from './boundary.js';

/**
 * A header that begins with `{"`, a payload, and what signs or encrypts it. What has no dot matches
 * too: else every `eyJ` within it would have the rest of it read once more.
 */
const TOKEN = new RegExp(String.raw`${WORD_BEGINS}(eyJ[\w-]{8,})((?:\.[\w-]*){0,4})`, 'g');

function isHeader(part: string): boolean {
  const text = decodeBase64(part);
  if (text === null) return false;
  try {
    const header: unknown = JSON.parse(text);
    return typeof header === 'object' && header !== null && 'alg' in header;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** JSON Web Tokens, told by a header that decodes to JSON with `alg`; also unsigned and encrypted ones. */
export const jsonWebTokens: Detector = (text, count) =>
  text.replace(TOKEN, (token, header: string, rest: string) => {
    if (rest === '' || !isHeader(header)) return token;
    count('jwt');
    return PLACEHOLDERS.any;
  });
