import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OwnedProcess, untilReady } from '@refold/test-kit';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const START_BOUND_MS = 30_000;

/** A service of the build and how it is configured. */
export interface ServiceSpec {
  service: 'ingest-api' | 'projector' | 'read-api' | 'operator-api' | 'standalone';
  port: number;
  settings: Readonly<Record<string, string>>;
  /** Arguments of Node itself, as `--import` of a planted fault. */
  nodeArguments?: readonly string[];
  /** A program that runs it, with its arguments, as a tracer. */
  wrapper?: readonly string[];
}

/** A service as its own process, started from the build. */
export class ServiceProcess {
  readonly folder: string;
  #spec: ServiceSpec;
  #process: OwnedProcess;

  private constructor(spec: ServiceSpec, folder: string) {
    this.#spec = spec;
    this.folder = folder;
    this.#process = this.#launch();
  }

  static async launch(spec: ServiceSpec): Promise<ServiceProcess> {
    return new ServiceProcess(spec, await mkdtemp(join(tmpdir(), `refold-${spec.service}-`)));
  }

  /** Launches it and waits until it is ready to work. */
  static async start(spec: ServiceSpec): Promise<ServiceProcess> {
    const service = await ServiceProcess.launch(spec);
    await service.ready();
    return service;
  }

  get spec(): ServiceSpec {
    return this.#spec;
  }

  get url(): string {
    return `http://127.0.0.1:${this.spec.port}`;
  }

  get alive(): boolean {
    return this.#process.alive;
  }

  /** Waits until `/readyz` answers 200. */
  async ready(): Promise<void> {
    await untilReady(this.#process, () => this.answers('/readyz'), START_BOUND_MS);
  }

  async answers(path: string): Promise<boolean> {
    try {
      const reply = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(1000) });
      await reply.arrayBuffer();
      return reply.ok;
    } catch {
      return false;
    }
  }

  /** `kill -9` and a new process with the same settings; returns when it was launched. */
  async crash(): Promise<void> {
    await this.#process.end('SIGKILL');
    this.#process = this.#launch();
  }

  /** Ends it gracefully and launches it with some settings changed; returns when it was launched. */
  async restart(changed: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#process.end('SIGTERM');
    this.#spec = { ...this.#spec, settings: { ...this.#spec.settings, ...changed } };
    this.#process = this.#launch();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  lastWords(): string {
    return this.#process.lastWords();
  }

  /** Ends it (gracefully first) and removes its folder. */
  async stop(): Promise<void> {
    await this.#process.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  #launch(): OwnedProcess {
    const { service, port, settings, nodeArguments = [], wrapper = [] } = this.#spec;
    const variables = { RUNTIME_BIND_ADDR: `127.0.0.1:${port}`, ...settings };
    const environment = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    return new OwnedProcess({
      command: 'env',
      args: [
        ...environment,
        ...wrapper,
        process.execPath,
        ...nodeArguments,
        join(root, 'services', service, 'dist', 'main.js'),
      ],
      cwd: this.folder,
      logFile: join(this.folder, 'service.log'),
    });
  }
}
