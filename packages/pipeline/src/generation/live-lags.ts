import type { Offset } from '../ports/event-log.js';

/** Records that live folding may lag before nothing is done beside it: about one commit of it. */
export const LIVE_LAG_MAX = 2_000;

/** How far live folding of a partition is: a generation aside never passes it, and waits for it. */
export interface LiveProgress {
  /** Topic and partition, as `topic/partition`. */
  where: string;
  /** Committed by live folding; null while that is not known. */
  next: Offset | null;
  /** Infinite as long as nobody was told where the log ends. */
  lag: number;
  /** By a swap: nothing is folded live before that is over. */
  isSealed: boolean;
  /** It goes on with nothing for the time being, whatever others leave to it: a broker, or a shard, is away. */
  isStill: boolean;
}

type Progress = () => LiveProgress;

/**
 * How far live folding lags on all partitions that a process folds. They share its time: what is done beside one of
 * them keeps the others waiting, too.
 */
export class LiveLags {
  readonly #partitions = new Set<Progress>();

  add(partition: Progress): void {
    this.#partitions.add(partition);
  }

  /** It is folded here no more, or stands still. */
  remove(partition: Progress): void {
    this.#partitions.delete(partition);
  }

  /**
   * What is waited for beside live folding of a partition; null: nothing. While that is sealed it waits itself, and
   * everything is for its end; others are waited for where they are known to lag, and go on.
   */
  late(live: LiveProgress): Pick<LiveProgress, 'where' | 'lag'> | null {
    if (live.isSealed) return null;
    if (live.lag > LIVE_LAG_MAX) return live;
    for (const progress of this.#partitions) {
      const other = progress();
      const isLate = Number.isFinite(other.lag) && other.lag > LIVE_LAG_MAX;
      if (isLate && !other.isSealed && !other.isStill) return other;
    }
    return null;
  }

  /** Whether what is done beside live folding of a partition waits. */
  holdBack(live: LiveProgress): boolean {
    return this.late(live) !== null;
  }
}
