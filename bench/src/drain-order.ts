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

/** What it reports: from its first fetch to the last record done. */
export interface DrainReport {
  seconds: number;
  /** CPU of the child itself in that time. */
  cpuMicros: number;
  rssBytes: number;
}

/** Measures from the first call of `begin` to the first of `end`. */
export class DrainClock {
  readonly report: Promise<DrainReport>;
  #settle: (report: DrainReport) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #begun: { wall: number; cpu: NodeJS.CpuUsage } | null = null;

  constructor() {
    this.report = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
  }

  begin(): void {
    this.#begun ??= { wall: performance.now(), cpu: process.cpuUsage() };
  }

  end(): void {
    if (this.#begun === null) {
      this.fail(new Error('nothing was drained'));
      return;
    }
    const cpu = process.cpuUsage(this.#begun.cpu);
    this.#settle({
      seconds: (performance.now() - this.#begun.wall) / 1000,
      cpuMicros: cpu.user + cpu.system,
      rssBytes: process.memoryUsage().rss,
    });
  }

  /** The drain cannot be finished. */
  fail(error: Error): void {
    this.#fail(error);
  }
}
