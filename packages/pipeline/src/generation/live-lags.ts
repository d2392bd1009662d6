import type { Offset } from '../ports/event-log.js';

/** Records that live folding may lag before nothing is done beside it: about one commit of it. */
export const LIVE_LAG_MAX = 2_000;

/** How far live folding of a partition is: a generation aside never passes it, and waits for it. */
export interface LiveProgress {
  /** Committed by live folding; null while that is not known. */
  next: Offset | null;
  /** Infinite as long as nobody was told where the log ends. */
  lag: number;
  /** By a swap: nothing is folded live before that is over. */
  isSealed: boolean;
}

/** Whether what is done beside live folding waits for it. While it is sealed it waits for what is done beside. */
export const isBehind = ({ lag, isSealed }: LiveProgress): boolean =>
  lag > LIVE_LAG_MAX && !isSealed;
