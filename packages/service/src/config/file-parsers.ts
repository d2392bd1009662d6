import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { Parser } from './parsers.js';

/** A bundle of all public authorities has a quarter of this, bytes. */
const FILE_BYTES_MAX = 1_048_576;

const read = (path: string): string => {
  if (statSync(path).size > FILE_BYTES_MAX) throw new Error(`it has over ${FILE_BYTES_MAX} bytes`);
  return readFileSync(path, 'utf8');
};

/** The file is read once, when the settings are: a refusal says why it cannot be used. */
const file = (expects: string, use: (content: string) => string): Parser<string> =>
  z
    .string()
    .transform((path, context): string => {
      try {
        return use(read(path));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        context.addIssue({ code: 'custom', message: `expected ${expects} (${why})` });
        return z.NEVER;
      }
    })
    .meta({ expects });

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The name of a file of certificates in PEM; the value is its content. Every one must be readable. */
export const certificatesFile = (): Parser<string> =>
  file('a readable file of certificates in PEM', (content) => {
    const found = content.match(CERTIFICATE) ?? [];
    if (found.length === 0) throw new Error('no certificate is inside');
    for (const one of found) new X509Certificate(one);
    return content;
  });

/** The name of a file with a private key in PEM, without a passphrase; the value is its content. */
export const privateKeyFile = (): Parser<string> =>
  file('a readable file with a private key in PEM, without a passphrase', (content) => {
    createPrivateKey(content);
    return content;
  });

/** The name of a file with one secret, as containers have it mounted; the value is its content. */
export const secretFile = (): Parser<string> =>
  file('a readable file with one line of text', (content) => {
    const secret = content.replace(/\r?\n$/, '');
    if (secret === '' || /[\r\n]/.test(secret)) throw new Error('it has not exactly one line');
    return secret;
  });
