import {
  createRefoldClient,
  type RedactionPolicy,
  type RefoldClient,
  type RetryPolicy,
} from '@refold/client';
import type { ConfigOf } from '@refold/service';
import type { operatorConfig } from '../config.js';
import { UsageError } from '../failure.js';
import { printable, type Terminal } from '../terminal.js';
import { tokenOf } from './credential.js';

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

/** Who is tried for longer is told why, milliseconds. */
const TELL_RETRIES_MS = 10_000;

/** The server a command talks to. @throws UsageError for a URL with a password in it, which is not repeated */
export function serverOf({ config }: CommandContext, { url }: GlobalOptions): string {
  const server = url ?? config.url;
  const { username, password } = new URL(server);
  if (username === '' && password === '') return server;
  const from = url === undefined ? 'REFOLD_URL' : '--url';
  throw new UsageError(
    `${from} has a name or a password in it: use --token-file or REFOLD_TOKEN for credentials`,
  );
}

/** A client of that server. `redact`: what is taken out of everything it sends; nothing when absent. */
export const clientOf = (
  context: CommandContext,
  options: GlobalOptions,
  retry: Readonly<RetryPolicy>,
  redact?: RedactionPolicy,
): RefoldClient => {
  const token = tokenOf(context, options);
  const url = serverOf(context, options);
  let isTold = false;
  const onRetry = ({ message }: Error): void => {
    if (isTold || retry.totalMsMax < TELL_RETRIES_MS) return;
    isTold = true;
    context.terminal.err(
      `${printable(message)}; it is tried again for up to ${retry.totalMsMax / 1_000} s\n`,
    );
  };
  return createRefoldClient({
    url,
    retry: { ...retry, onRetry },
    ...(token === undefined ? {} : { token }),
    ...(redact === undefined ? {} : { redact }),
  });
};

/** A result for programs: one JSON document. */
export const writeJson = (terminal: Terminal, value: unknown): void =>
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
