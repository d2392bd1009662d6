import { readFileSync } from 'node:fs';
import { CommanderError, type Command } from 'commander';
import { writeJson, type OperatorConfig } from './commands/context.js';
import { EXIT, exitCodeOf, failureDocument, writeFailure, type ExitCode } from './failure.js';
import { buildProgram } from './program.js';
import type { Terminal } from './terminal.js';

/** What the command line is run with. */
export interface CliOptions {
  /** Arguments behind the name of the command. */
  args: readonly string[];
  config: OperatorConfig;
  terminal: Terminal;
  /** Aborted when the person at the terminal has had enough. */
  signal: AbortSignal;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return (manifest as { version: string }).version;
}

/** Every command, the nested ones too, throws instead of ending the process, and writes to us. */
function tame(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.out(text),
    writeErr: (text) => terminal.err(text),
  });
  for (const child of command.commands) tame(child, terminal);
}

/** Runs one command and returns the exit code of the process; throws nothing. */
export async function runCli({ args, config, terminal, signal }: CliOptions): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const context = { config, terminal, signal };
  const program = buildProgram(readVersion(), context, (ended) => (code = ended));
  tame(program, terminal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (signal.aborted) terminal.err('Interrupted.\n');
    else {
      terminal.err(`${writeFailure(error)}\n`);
      if (args.includes('--json')) writeJson(terminal, { problem: failureDocument(error) });
    }
    return exitCodeOf(error);
  }
}
