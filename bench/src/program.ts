import { NODE_ARGUMENTS } from './worker-process.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, OwnedProcess, untilReady } from '@refold/test-kit';
import { readMetrics } from './metrics-page.js';
import type { MetricsPage } from './metrics-page.js';

const START_MS_MAX = 30_000;

/** A server of this run, as a process of its own. */
export interface Program {
  readonly port: number;
  /** What its `/metrics` says now. */
  metrics(): Promise<MetricsPage>;
  /** SIGSTOP: a server whose turn it is not takes no CPU from the others. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** How a program is started. It answers `/readyz` with 200 once it works. */
export interface ProgramSpec {
  /** A built script. */
  script: URL;
  args?: (port: number) => readonly string[];
  /** Its environment on top of ours. */
  variables?: (port: number) => Readonly<Record<string, string>>;
}

/** Starts a program on a free port and waits until it is ready; bounded to 30 s. */
export async function startProgram(spec: ProgramSpec): Promise<Program> {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'refold-bench-'));
  const variables = Object.entries(spec.variables?.(port) ?? {});
  const owned = new OwnedProcess({
    command: 'env',
    args: [
      ...variables.map(([name, value]) => `${name}=${value}`),
      process.execPath,
      ...NODE_ARGUMENTS,
      fileURLToPath(spec.script),
      ...(spec.args?.(port) ?? []),
    ],
    cwd: folder,
    logFile: join(folder, 'program.log'),
  });
  const get = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) });
  const isReady = (): Promise<boolean> =>
    get('/readyz').then(
      async (reply) => {
        await reply.arrayBuffer();
        return reply.ok;
      },
      () => false,
    );
  await untilReady(owned, isReady, START_MS_MAX);
  return {
    port,
    metrics: async () => readMetrics(await (await get('/metrics')).text()),
    freeze: () => owned.signal('SIGSTOP'),
    thaw: () => owned.signal('SIGCONT'),
    async stop() {
      owned.signal('SIGCONT');
      await owned.end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
