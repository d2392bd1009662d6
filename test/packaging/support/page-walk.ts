import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultOfOutput } from './output-pattern.js';
import type { PageStep } from './page-blocks.js';

/** The address that the pages name. */
const PAGE_ADDRESS = '127.0.0.1:4100';

/** A clean installation may have to be fetched and built first. */
const START_BOUND_MS = 600_000;
const STOP_BOUND_MS = 15_000;

const STARTS = /\bnpm start\b/;

/** Where and how the commands of a page are run. */
export interface WalkPlace {
  /** The repository, as the reader has it. */
  folder: string;
  /** Where the server listens instead of the address that the pages name. */
  address: string;
  /** Variables on top of those of this process. */
  environment: Readonly<Record<string, string>>;
  /** Changes a command before it is run: what the reader has done already. */
  adapt: (command: string) => string;
}

/** Runs the commands of pages one after the other, as a reader would: servers in a second terminal. */
export class PageWalk {
  readonly #place: WalkPlace;
  #server: ChildProcess | null = null;
  #said = '';

  constructor(place: WalkPlace) {
    this.#place = place;
  }

  /** Runs one step; returns how it differs from what the page says, else null. */
  async take(step: PageStep): Promise<string | null> {
    const { adapt, address } = this.#place;
    const command = adapt(step.command).replaceAll(PAGE_ADDRESS, address);
    if (STARTS.test(command)) return this.#start(command);
    const child = this.#spawn(command);
    child.stderr?.on('data', () => undefined);
    if (child.stdout === null) throw new Error('the command has no output');
    const ended = once(child, 'exit') as Promise<[number | null]>;
    const [output, [code]] = await Promise.all([text(child.stdout), ended]);
    if (code !== 0) return `ended with ${String(code)}: ${output.slice(-500)}`;
    const printed = output.replaceAll(address, PAGE_ADDRESS);
    return step.prints === null ? null : faultOfOutput(step.prints, printed);
  }

  /** Ends the server as Ctrl-C does; returns its exit code, null when none runs. */
  async stop(): Promise<number | null> {
    const server = this.#server;
    this.#server = null;
    if (server?.pid === undefined || server.exitCode !== null) return server?.exitCode ?? null;
    const ended = once(server, 'exit');
    process.kill(-server.pid, 'SIGINT');
    const [code] = (await Promise.race([ended, sleep(STOP_BOUND_MS, [null])])) as [number | null];
    if (code === null) process.kill(-server.pid, 'SIGKILL');
    return code;
  }

  async #start(command: string): Promise<string | null> {
    await this.stop();
    const child = this.#spawn(command);
    this.#server = child;
    this.#said = '';
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (chunk: Buffer) => {
        this.#said = (this.#said + chunk.toString()).slice(-4_000);
      });
    }
    const deadline = Date.now() + START_BOUND_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null) return `the server ended with ${child.exitCode}: ${this.#said}`;
      if (Date.now() > deadline) return `the server is not ready: ${this.#said}`;
      await sleep(50);
    }
    return null;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`http://${this.#place.address}/readyz`)).ok;
    } catch {
      return false;
    }
  }

  #spawn(command: string): ChildProcess {
    const { folder, environment } = this.#place;
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    return spawn('env', [...variables, 'bash', '-c', command], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }
}
