import { setTimeout as sleep } from 'node:timers/promises';
import { topicLayout, topicNames } from '@refold/contracts';
import { redisCpuMicros } from './backends.js';
import type { Backends } from './backends.js';
import { sumOf } from './metrics-page.js';
import type { MetricsPage } from './metrics-page.js';
import { startProgram } from './program.js';
import type { Program } from './program.js';

const FOLD_MS_MAX = 120_000;
const POLL_MS = 20;

/** What the processes of the product say of themselves at one moment. */
export interface ProductState {
  ingest: MetricsPage;
  projector: MetricsPage;
  redisMicros: number;
}

/** Ingest API and projector as they are started in production: one process each. */
export interface Product {
  readonly ingest: Program;
  readonly runsTopic: string;
  /** Creates the runs `<prefix>-0` to `<prefix>-<count-1>`. Rejects unless all are judged. */
  createRuns(prefix: string, count: number): Promise<void>;
  /** Resolves when everything on the log is folded; bounded to two minutes. */
  folded(): Promise<void>;
  state(): Promise<ProductState>;
  stop(): Promise<void>;
}

const service = (name: string, settings: Readonly<Record<string, string>>): Promise<Program> =>
  startProgram({
    script: new URL(`../../services/${name}/dist/main.js`, import.meta.url),
    variables: (port) => ({ ...settings, RUNTIME_BIND_ADDR: `127.0.0.1:${port}` }),
  });

async function createRun(port: number, runId: string): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${port}/internal/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ run_id: runId, worker_id: 'bench' }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await reply.text();
  if (reply.status !== 201) throw new Error(`creating ${runId}: ${reply.status} ${text}`);
}

/** Starts the product on topics of its own. */
export async function startProduct(
  backends: Backends,
  prefix: string,
  partitions: number,
): Promise<Product> {
  const { broker, redis, log } = backends;
  const topics = topicNames(prefix);
  await log.ensureTopics(topicLayout(topics, partitions));
  const settings = {
    REFOLD_KAFKA_BROKERS: broker.address,
    REFOLD_REDIS_URL: redis.url,
    REFOLD_TOPIC_PREFIX: prefix,
    REFOLD_PARTITIONS: String(partitions),
  };
  const projector = await service('projector', settings);
  const ingest = await service('ingest-api', settings);

  async function isFolded(): Promise<boolean> {
    const page = await projector.metrics();
    for (let partition = 0; partition < partitions; partition++) {
      const { end } = await log.range(topics.runs, partition);
      const labels = ['projection="runs"', `partition="${partition}"`];
      if (sumOf(page, 'refold_checkpoint_next_offset', labels) !== end) return false;
    }
    return true;
  }

  return {
    ingest,
    runsTopic: topics.runs,
    async createRuns(runPrefix, count) {
      const all = Array.from({ length: count }, (_, n) => `${runPrefix}-${n}`);
      await Promise.all(all.map((runId) => createRun(ingest.port, runId)));
    },
    async folded() {
      const deadline = performance.now() + FOLD_MS_MAX;
      while (!(await isFolded())) {
        if (performance.now() > deadline) {
          throw new Error(`the projector did not reach the end of the log in ${FOLD_MS_MAX} ms`);
        }
        await sleep(POLL_MS);
      }
    },
    state: async () => ({
      ingest: await ingest.metrics(),
      projector: await projector.metrics(),
      redisMicros: await redisCpuMicros(redis),
    }),
    async stop() {
      await ingest.stop();
      await projector.stop();
    },
  };
}
