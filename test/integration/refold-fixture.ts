import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import type { Rulebook } from '@refold/domain';
import { PartitionProjector, ProjectionReader, Projector } from '@refold/pipeline';
import type {
  EventLog,
  LaneSender,
  OutgoingRecord,
  Projection,
  RefoldResult,
  RefoldTask,
  ViewStore,
} from '@refold/pipeline';
import { machineTiming } from '@refold/serving';
import { createMemoryViewStore } from '@refold/test-kit';
import { expect, vi } from 'vitest';

const STREAMS = 12;
const WAIT = { timeout: 60_000, interval: 20 };

/** Partitions that are folded live and anew at the same time, over ports of any kind. */
export class RefoldBench {
  readonly projection: Projection;
  readonly results: RefoldResult[] = [];
  readonly projector: Projector;
  readonly #log: EventLog;
  readonly #store: ViewStore;
  readonly #rulebook: Rulebook;
  #commits = 0;
  #appended = 0;
  #lane: LaneSender | null = null;

  /** @param rulebook What the build that folds has. */
  constructor(log: EventLog, store: ViewStore, topic: string, rulebook = RULEBOOK) {
    this.#log = log;
    this.#store = store;
    this.#rulebook = rulebook;
    this.projection = { name: topic, topic, kinds: ['run'], partitions: 2, generation: 1 };
    this.projector = new Projector(this.projection, {
      ...this.#ports(store),
      refolded: (result) => this.results.push(result),
    });
  }

  async open(): Promise<void> {
    const { topic, partitions } = this.projection;
    await this.#log.ensureTopics([{ name: topic, partitions }]);
    this.#lane = await this.#log.openLane(await this.#log.laneOf(topic, 0));
    await this.append(600);
    await this.projector.start(this.#log);
    await this.caughtUp();
  }

  async close(): Promise<void> {
    await this.projector.stop();
    await this.#lane?.close();
  }

  /** Appends claims of a few runs: births, repetitions, refusals and a great many deltas. */
  async append(count: number): Promise<void> {
    const { topic, partitions } = this.projection;
    const records = Array.from({ length: count }, (): OutgoingRecord => {
      const n = this.#appended++;
      const key = `r${n % STREAMS}`;
      const isFirst = n >= STREAMS && n < 2 * STREAMS;
      const id = n % 10 === 9 ? `id-${n - STREAMS}` : `id-${n}`;
      const value = encodeEnvelope({
        id,
        source: 'bench',
        type: isFirst ? 'run.started' : 'run.delta',
        subject: `run/${key}`,
        replyto: 'bench',
        data: isFirst ? null : { text: `piece ${n}` },
      });
      return { topic, partition: partitionOf(key, partitions), key, value };
    });
    await this.#lane?.send(records);
  }

  async caughtUp(): Promise<void> {
    await vi.waitFor(async () => {
      for (const { partition, next } of await this.#ends()) {
        const status = this.projector.status().find((one) => one.partition === partition);
        expect(status).toMatchObject({ next, stopped: null });
      }
    }, WAIT);
  }

  /** Hands a task to its partition and goes on appending until its end is told. */
  async refold(partition: number, task: RefoldTask): Promise<RefoldResult> {
    const found = () =>
      this.results.find((one) => one.operation === task.operation && one.partition === partition);
    expect(this.projector.refold(partition, task)).toBe('taken');
    for (let n = 0; found() === undefined && n < 3_000; n++) await this.append(5);
    return found() ?? expect.fail(`${task.operation} did not end`);
  }

  /** The last offset of each partition. */
  async end(partition: number): Promise<number> {
    return (await this.#log.range(this.projection.topic, partition)).end;
  }

  /** Every document and timeline, as a reader of a store is given it. */
  async seen(store: ViewStore = this.#store): Promise<unknown[]> {
    const reader = new ProjectionReader(store, this.projection);
    const seen: unknown[] = [];
    for (let n = 0; n < STREAMS; n++) {
      const { document, events, rebuilding } = await reader.timeline('run', `r${n}`, 0, 100_000);
      seen.push({ ...document, incarnation: null, events, rebuilding });
    }
    return seen;
  }

  /** The same of a store that somebody else has folded from the log alone. */
  async seenFresh(rulebook = this.#rulebook): Promise<unknown[]> {
    const store = createMemoryViewStore();
    for (const { partition, next } of await this.#ends()) {
      const ports = { ...this.#ports(store), rulebook, committed: () => undefined };
      const owner = new PartitionProjector(ports, this.projection, partition);
      for (let at = await owner.position(); at < next;) {
        at = await owner.handle(await this.#log.read(this.projection.topic, partition, at));
      }
    }
    return this.seen(store);
  }

  async #ends(): Promise<{ partition: number; next: number }[]> {
    const partitions = Array.from({ length: this.projection.partitions }, (_, n) => n);
    return Promise.all(
      partitions.map(async (partition) => ({ partition, next: await this.end(partition) })),
    );
  }

  #ports(store: ViewStore) {
    return {
      log: this.#log,
      store,
      timing: machineTiming,
      rulebook: this.#rulebook,
      commitId: () => `bench-${this.#commits++}`,
      mirror: async (letters: readonly unknown[]) =>
        letters.map(() => ({ kind: 'mirrored' as const })),
      trouble: () => undefined,
    };
  }
}
