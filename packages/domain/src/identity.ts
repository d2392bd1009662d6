import { hash } from 'node:crypto';

/** Base64url digits whose low four bits are cleared: the 22nd digit of 128 bits carries two. */
const LAST_DIGIT = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((digit, value) => [
    digit,
    'AQgw'[value >> 4] ?? 'A',
  ]),
);

/**
 * The identity of a claim: the first 128 bits of SHA-256 over the UTF-8 of
 * `subject "\n" length(source) "\n" source id`, base64url without padding, 22 characters.
 * `length` is the decimal count of UTF-16 units; subjects hold no line feed, so the framing is
 * unambiguous. Two identities of 2^32 claims of one stream are equal with a chance below 2^-64.
 */
export function identityOf(subject: string, source: string, id: string): string {
  const digest = hash('sha256', `${subject}\n${source.length}\n${source}${id}`, 'base64url');
  return digest.slice(0, 21) + (LAST_DIGIT.get(digest.charAt(21)) ?? '');
}
