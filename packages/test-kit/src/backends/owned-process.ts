import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const SETPRIV = '/usr/bin/setpriv';

/** Linux ends the child with its parent, however the parent ends; elsewhere the exit hook has to do. */
const bound = (command: string, args: readonly string[]): [string, string[]] =>
  process.platform === 'linux' && existsSync(SETPRIV)
    ? [SETPRIV, ['--pdeathsig', 'KILL', '--', command, ...args]]
    : [command, [...args]];

/** How a backend process is started; its output goes to `logFile`. */
export interface ProcessSpec {
  command: string;
  args: readonly string[];
  cwd: string;
  logFile: string;
}

/** A child process that does not outlive this one. Signals are the caller's; nothing restarts by itself. */
export class OwnedProcess {
  readonly spec: ProcessSpec;
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  constructor(spec: ProcessSpec) {
    this.spec = spec;
    const output = openSync(spec.logFile, 'a');
    const [command, args] = bound(spec.command, spec.args);
    this.child = spawn(command, args, { cwd: spec.cwd, stdio: ['ignore', output, output] });
    closeSync(output);
    running.add(this.child);
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', () => resolve());
    });
    void this.ended.then(() => running.delete(this.child));
  }

  get alive(): boolean {
    return running.has(this.child);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it and waits until it is gone; `SIGKILL` follows when `graceMs` pass without an end. */
  async end(signal: 'SIGTERM' | 'SIGKILL', graceMs = 10_000): Promise<void> {
    if (!this.alive) return;
    this.signal(signal);
    if (signal === 'SIGTERM') {
      await Promise.race([this.ended, wait(graceMs)]);
      this.signal('SIGKILL');
    }
    await this.ended;
  }

  /** The last lines it wrote, for error messages. */
  lastWords(): string {
    return readFileSync(this.spec.logFile, 'utf8').split('\n').slice(-20).join('\n');
  }
}

/**
 * Polls until `ready` answers true. Rejects when the process ends or `boundMs` pass before,
 * with what the process wrote last.
 */
export async function untilReady(
  process: OwnedProcess,
  ready: () => Promise<boolean>,
  boundMs: number,
): Promise<void> {
  const deadline = Date.now() + boundMs;
  while (!(await ready())) {
    if (!process.alive || Date.now() > deadline) {
      const why = process.alive ? `not ready within ${boundMs} ms` : 'ended before it was ready';
      await process.end('SIGKILL');
      throw new Error(`${process.spec.command}: ${why}\n${process.lastWords()}`);
    }
    await wait(25);
  }
}
