import { hash } from 'node:crypto';

const BYTES = 16;

/** Where a digest is cut: a flat string of 22 characters is kept, not a slice of a longer one. */
const scratch = Buffer.alloc(BYTES);

/**
 * The identity of a claim: the first 128 bits of SHA-256 over the UTF-8 of
 * `subject "\n" length(source) "\n" source id`, base64url without padding, 22 characters.
 * `length` is the decimal count of UTF-16 units; subjects hold no line feed, so the framing is
 * unambiguous. Two identities of 2^32 claims of one stream are equal with a chance below 2^-64.
 */
export function identityOf(subject: string, source: string, id: string): string {
  const text = `${subject}\n${source.length}\n${source}${id}`;
  scratch.write(hash('sha256', text, 'binary'), 0, BYTES, 'latin1');
  return scratch.toString('base64url', 0, BYTES);
}
