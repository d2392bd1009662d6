import type {
  PartitionStatus,
  Projector,
  RefoldResult,
  RefoldTask,
  Timing,
} from '@refold/pipeline';
import type { Logger, Metrics } from '@refold/service';

/** What read models are compared with the log over and over with. */
export interface PatrolPorts {
  timing: Timing;
  projectors: readonly Pick<Projector, 'projection' | 'status' | 'patrol'>[];
  /** Share of the time that it takes, above 0 to 1. */
  share: number;
  metrics: Pick<Metrics, 'drift' | 'verifiedStreams'>;
  logger: Pick<Logger, 'info' | 'warn'>;
}

/** Compares the streams of this process's partitions with the log, one partition at a time, over and over. */
export interface Patrol {
  start(): void;
  stop(): Promise<void>;
  /** What came of the comparison that was asked for last in a projection. */
  patrolled(projection: string, result: RefoldResult): void;
}

/**
 * Parts into which the streams of a partition are divided, by their names: one comparison holds the streams of one
 * in memory, and reads the whole partition for it.
 */
const PARTS = 20;

/** Pause between two comparisons, milliseconds: a small log is not read without end. */
const PAUSE_MS = 1_000;

/** Differences that one line of the log tells; metrics count all. */
const TOLD_MAX = 20;

type Beat = { projector: PatrolPorts['projectors'][number]; partition: number };

const keyOf = ({ projector, partition }: Beat): string =>
  `${projector.projection.name}/${partition}`;

/** The part of the streams that comes next, in a partition as far as it is folded. */
const taskOf = (part: number, to: number, share: number): RefoldTask => ({
  operation: 'patrol',
  effect: 'compare',
  select: { kind: 'all', to },
  sample: { share: 1 / PARTS, seed: 'patrol', from: part / PARTS },
  share,
});

const isWell = ({ stopped, next, refold }: PartitionStatus): boolean =>
  stopped === null && next !== null && next > 0 && refold === null;

/** Continuous verification. It writes nothing: what differs is told, and mended by whoever asks for a repair. */
export function createPatrol({ timing, projectors, share, metrics, logger }: PatrolPorts): Patrol {
  /** The part that comes next, by partition. */
  const parts = new Map<string, number>();
  /** What came of the comparison under way. */
  const ends: { projection: string; result: RefoldResult }[] = [];
  let turn = 0;
  let stopped = false;
  let running: Promise<void> | null = null;
  let wake = (): void => undefined;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = timing.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  function beats(): Beat[] {
    return projectors.flatMap((projector) =>
      projector
        .status()
        .filter(isWell)
        .map(({ partition }) => ({ projector, partition })),
    );
  }

  function tell(projection: string, result: RefoldResult): void {
    const { partition, outcome, streams, differing, drift, differences, error } = result;
    if (outcome === 'done') {
      metrics.verifiedStreams.inc({ projection }, streams);
      for (const [kind, count] of Object.entries(drift))
        metrics.drift.inc({ projection, kind }, count);
    }
    const found = { projection, partition, streams, differing };
    if (outcome === 'failed') logger.warn({ ...found, err: error }, 'a verification failed');
    if (differing === 0) return;
    const told = differences.slice(0, TOLD_MAX);
    logger.warn({ ...found, drift, differences: told }, 'read models differ from the log');
  }

  const owns = ({ projector, partition }: Beat): boolean =>
    projector.status().some((one) => one.partition === partition);

  /** Compares one part of a partition. Somebody else's partition, or a task of an operation, ends it. */
  async function compare(beat: Beat): Promise<void> {
    const { projector, partition } = beat;
    const key = keyOf(beat);
    const part = parts.get(key) ?? 0;
    const to = projector.status().find((one) => one.partition === partition)?.next ?? 0;
    ends.length = 0;
    if (!projector.patrol(partition, taskOf(part, to, share))) return;
    while (!stopped && ends.length === 0 && owns(beat)) await pause(PAUSE_MS);
    for (const { projection, result } of ends.splice(0)) {
      if (result.outcome !== 'canceled') parts.set(key, (part + 1) % PARTS);
      tell(projection, result);
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const all = beats();
      const owned = new Set(all.map(keyOf));
      for (const key of parts.keys()) if (!owned.has(key)) parts.delete(key);
      const beat = all[turn++ % Math.max(1, all.length)];
      if (beat !== undefined) await compare(beat);
      if (!stopped) await pause(PAUSE_MS);
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
    patrolled(projection, result) {
      ends.push({ projection, result });
      wake();
    },
  };
}
