import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a draining child is told to do. */
export interface DrainOrder {
  brokers: string[];
  redisUrl: string;
  namespace: string;
  topic: string;
  group: string;
  partitions: number;
  records: number;
}

/** What it reports: from its first record to the last one done. */
export interface DrainReport {
  seconds: number;
  /** CPU of the child itself in that time. */
  cpuMicros: number;
  rssBytes: number;
}

/** Runs one drain in a process of its own, so that heap and compiled code are new each time. */
export async function runDrain(script: string, order: DrainOrder): Promise<DrainReport> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
    env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  });
  child.send(order);
  const [report] = (await once(child, 'message', { signal: AbortSignal.timeout(300_000) })) as [
    DrainReport,
  ];
  child.kill('SIGKILL');
  return report;
}

/** The child's side: waits for its order. */
export const receiveOrder = async (): Promise<DrainOrder> => {
  const [order] = (await once(process, 'message')) as [DrainOrder];
  return order;
};

/** Measures between the first call of `begin` and `report`. */
export class DrainClock {
  #begun: { wall: number; cpu: NodeJS.CpuUsage } | null = null;

  begin(): void {
    this.#begun ??= { wall: performance.now(), cpu: process.cpuUsage() };
  }

  report(): void {
    if (this.#begun === null) throw new Error('nothing was drained');
    const cpu = process.cpuUsage(this.#begun.cpu);
    const report: DrainReport = {
      seconds: (performance.now() - this.#begun.wall) / 1000,
      cpuMicros: cpu.user + cpu.system,
      rssBytes: process.memoryUsage().rss,
    };
    process.send?.(report);
  }
}
