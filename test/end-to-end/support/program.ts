import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const SETPRIV = '/usr/bin/setpriv';

/** How a program ended: its exit code, or the signal that ended it. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What to run, and where. */
export interface ProgramSpec {
  command: string;
  args: readonly string[];
  /** Added to the environment of the tests. */
  settings?: Readonly<Record<string, string>>;
  cwd?: string;
}

/** A child process with its output and its ending: what a person at a terminal would see. */
export class Program {
  out = '';
  err = '';
  /** Null while it runs. */
  ending: Ending | null = null;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  constructor({ command, args, settings = {}, cwd = ROOT }: ProgramSpec) {
    // Linux ends the child with the test run, however that ends.
    const bound = process.platform === 'linux' && existsSync(SETPRIV);
    const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    const program = ['env', ...variables, command, ...args];
    const [first = '', ...rest] = bound
      ? [SETPRIV, '--pdeathsig', 'KILL', '--', ...program]
      : program;
    const child = spawn(first, rest, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.ending = { code, signal };
        resolve(this.ending);
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it ended by itself; an error with its output when that takes longer. */
  async finished(boundMs: number): Promise<Ending> {
    await until(
      () => `the end of the program; it wrote ${this.out.slice(-2_000)}${this.err.slice(-2_000)}`,
      () => this.ending !== null,
      boundMs,
    );
    return this.ended;
  }

  /** `kill -9`, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}

/** A service of the build as a program, on a port of the system's choice unless the settings say otherwise. */
export const serviceProgram = (
  service: string,
  settings: Readonly<Record<string, string>>,
): Program =>
  new Program({
    command: process.execPath,
    args: [`services/${service}/dist/main.js`],
    settings: { RUNTIME_BIND_ADDR: '127.0.0.1:0', ...settings },
  });
