import { readFile } from 'node:fs/promises';
import {
  createRefoldClient,
  type RedactionPolicy,
  type RefoldClient,
  type RetryPolicy,
  type Token,
} from '@refold/client';
import type { ConfigOf } from '@refold/service';
import type { operatorConfig } from '../config.js';
import { UsageError } from '../failure.js';
import type { Terminal } from '../terminal.js';

/** The environment's settings, as the commands see them. */
export type OperatorConfig = ConfigOf<typeof operatorConfig.settings>;

/** Options that every command takes. */
export interface GlobalOptions {
  url?: string;
  /** A file with a bearer token or an API key. */
  tokenFile?: string;
  json?: boolean;
}

/** What a command works with. */
export interface CommandContext {
  config: OperatorConfig;
  terminal: Terminal;
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal;
}

/** Short: somebody waits at the terminal. */
export const IMPATIENT: Readonly<RetryPolicy> = {
  delayMsMin: 100,
  delayMsMax: 500,
  totalMsMax: 1_500,
};

/** Long enough for a server, its Redis and its broker to be restarted meanwhile. */
export const PATIENT: Readonly<RetryPolicy> = {
  delayMsMin: 100,
  delayMsMax: 5_000,
  totalMsMax: 120_000,
};

/** The server a command talks to. */
export const serverOf = ({ config }: CommandContext, { url }: GlobalOptions): string =>
  url ?? config.url;

/** A client of that server. `redact`: what is taken out of everything it sends; nothing when absent. */
export const clientOf = (
  context: CommandContext,
  options: GlobalOptions,
  retry: Readonly<RetryPolicy>,
  redact?: RedactionPolicy,
): RefoldClient => {
  const token = tokenOf(context, options);
  const url = serverOf(context, options);
  return createRefoldClient({
    url,
    retry,
    ...(token === undefined ? {} : { token }),
    ...(redact === undefined ? {} : { redact }),
  });
};

/** What the server is shown: the file, read at every try because it may be renewed, else the environment's. */
function tokenOf({ config }: CommandContext, { tokenFile }: GlobalOptions): Token | undefined {
  if (tokenFile === undefined) return config.token;
  return async () => {
    const token = (await readFile(tokenFile, 'utf8')).trim();
    if (token !== '') return token;
    throw new UsageError(`${tokenFile} is empty: expected a bearer token or an API key`);
  };
}

/** A result for programs: one JSON document. */
export const writeJson = (terminal: Terminal, value: unknown): void =>
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
