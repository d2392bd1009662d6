import type { Token } from '@refold/client';
import { UsageError } from '../failure.js';
import type { CommandContext, GlobalOptions } from './context.js';
import { readText } from './read-text.js';

/** What the server is shown: the file, read at every try because it may be renewed, else the environment's. */
export function tokenOf(
  { config }: CommandContext,
  { tokenFile }: GlobalOptions,
): Token | undefined {
  if (tokenFile === undefined) {
    return config.token === undefined ? undefined : checkedToken(config.token, 'REFOLD_TOKEN');
  }
  return async () => checkedToken((await readText(tokenFile)).trim(), tokenFile);
}

/** What can stand in a header; nothing of another text is told, because it may be secret. */
const TOKEN = /^[\x21-\x7e]+$/;

function checkedToken(token: string, from: string): string {
  if (TOKEN.test(token)) return token;
  throw new UsageError(
    `${from}: expected one bearer token or API key, without spaces or line breaks`,
  );
}
