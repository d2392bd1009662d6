import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-port.js';
import { OwnedProcess, untilReady } from './owned-process.js';
import { redisAnswers } from './redis-probe.js';

const run = promisify(execFile);

export interface RedisServerOptions {
  /** `everysec` or `always` write an append-only file; `no` (the default) keeps all in memory. */
  appendFsync?: 'no' | 'everysec' | 'always';
  /** Further settings, as `maxmemory`: they follow ours and win. */
  settings?: Readonly<Record<string, string>>;
  /** Where its folder is made; default: the system's temporary folder. */
  parent?: string;
  /** Part of a cluster; {@link RedisCluster} sets it. */
  cluster?: boolean;
}

const START_BOUND_MS = 20_000;

/** Whether a `redis-server` can be run here. */
export const redisIsRunnable = (): Promise<boolean> =>
  run('redis-server', ['--version']).then(
    () => true,
    () => false,
  );

/** How far above its port a node of a cluster listens to the others. */
export const CLUSTER_BUS = 10_000;

/** One real redis-server on 127.0.0.1 with a folder of its own, `noeviction`, no snapshots. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  private readonly options: RedisServerOptions;
  private process: OwnedProcess;

  private constructor(port: number, folder: string, options: RedisServerOptions) {
    this.port = port;
    this.folder = folder;
    this.options = options;
    this.process = this.launch();
  }

  /** Starts a server and waits until it answers; bounded to 20 s. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const [port = 0] = await freePorts(1, options.cluster === true ? CLUSTER_BUS : 0);
    const folder = await mkdtemp(join(options.parent ?? tmpdir(), 'refold-redis-'));
    const server = new RedisServer(port, folder, options);
    await server.ready();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `redis://${this.address}`;
  }

  /** `kill -9`. Without an append-only file everything is lost. */
  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
  }

  /** Starts it again on its port and folder; returns at once, `ready` says when it answers. */
  restart(): void {
    if (this.process.alive) throw new Error(`the server on port ${this.port} is still running`);
    this.process = this.launch();
  }

  /** Waits until it answers and has loaded its data; bounded to 20 s. */
  async ready(): Promise<void> {
    await untilReady(this.process, () => redisAnswers('127.0.0.1', this.port), START_BOUND_MS);
  }

  /**
   * Takes the end of the append-only file away, as a power cut does with what was not flushed. The
   * server must be down. Returns how many bytes are gone: `bytes`, or all there were.
   */
  async cutLog(bytes: number): Promise<number> {
    if (this.process.alive) throw new Error(`the server on port ${this.port} is still running`);
    const folder = join(this.folder, 'appendonlydir');
    const numberOf = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0);
    const files = (await readdir(folder)).filter((name) => numberOf(name) > 0);
    const last = files.sort((a, b) => numberOf(a) - numberOf(b)).at(-1);
    if (last === undefined) throw new Error(`${folder} has no append-only file to cut`);
    const file = join(folder, last);
    const { size } = await stat(file);
    await truncate(file, Math.max(0, size - bytes));
    return Math.min(bytes, size);
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.process.signal('SIGSTOP');
  }

  thaw(): void {
    this.process.signal('SIGCONT');
  }

  /** One `redis-cli` command; rejects when it fails or answers an error. */
  async command(...words: readonly string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-e', '-p', `${this.port}`, ...words]);
    return stdout.trimEnd();
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.process.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private launch(): OwnedProcess {
    const { appendFsync = 'no', settings = {}, cluster = false } = this.options;
    const all: Record<string, string> = {
      bind: '127.0.0.1',
      port: `${this.port}`,
      dir: this.folder,
      save: '',
      'maxmemory-policy': 'noeviction',
      appendonly: appendFsync === 'no' ? 'no' : 'yes',
      ...(appendFsync === 'no' ? {} : { appendfsync: appendFsync }),
      ...(cluster ? { 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000' } : {}),
      ...settings,
    };
    const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const logFile = join(this.folder, 'redis.log');
    return new OwnedProcess({ command: 'redis-server', args, cwd: this.folder, logFile });
  }
}
