import { appendFile } from 'node:fs/promises';
import { createKey } from '@refold/auth';
import type { Scope } from '@refold/contracts';
import { EXIT, UsageError, type ExitCode } from '../failure.js';
import { writeJson, type CommandContext, type GlobalOptions } from './context.js';

/** Options of `refold keys create`. */
export interface KeyOptions extends GlobalOptions {
  name: string;
  scope: Scope[];
  tenant?: string;
  owner?: string;
  run?: string[];
  worker?: string[];
  file?: string;
}

/** Only its owner reads the file: whoever may write to it may let anybody in. */
const FILE_MODE = 0o600;

/** `refold keys create`: tells a key once, and the line that lets a server know it. */
export async function createKeyCommand(
  { terminal }: CommandContext,
  options: KeyOptions,
): Promise<ExitCode> {
  const { name, scope, tenant, owner, run: runs, worker: workers, file } = options;
  const { key, line } = newKey(name, [...new Set(scope)], { tenant, owner, runs, workers });
  if (file !== undefined) await appendFile(file, `${line}\n`, { mode: FILE_MODE });
  if (options.json === true) {
    writeJson(terminal, { key, line, ...(file === undefined ? {} : { file }) });
  } else if (file === undefined) {
    terminal.err('The key, which is not shown again, and the line for REFOLD_AUTH_KEYS_FILE:\n');
    terminal.out(`${key}\n${line}\n`);
  } else {
    terminal.err(`The key, which is not shown again; ${file} lets a server know it:\n`);
    terminal.out(`${key}\n`);
  }
  return EXIT.ok;
}

function newKey(...[name, scopes, bindings]: Parameters<typeof createKey>) {
  try {
    return createKey(name, scopes, bindings);
  } catch (error) {
    throw new UsageError(reasonOf(error), { cause: error });
  }
}

const reasonOf = (error: unknown): string => {
  const { issues } = error as { issues?: { path: PropertyKey[]; message: string }[] };
  const [issue] = issues ?? [];
  return issue === undefined ? String(error) : `--${issue.path.join('.')}: ${issue.message}`;
};
