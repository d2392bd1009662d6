/** How far a checkpoint is and how far it could be; null while waiting for something known to be away. */
export type ProgressReading = { next: number; end: number } | null;

/** A checkpoint that is watched: true while it moves, has nothing to do, or waits for a known reason. */
export interface ProgressWatch {
  /** Null, or for how long it has stood still although there is something to do. */
  check(): string | null;
}

/**
 * Watches one checkpoint for progress: liveness means that it moves whenever it could.
 * `nowMs` is a monotonic clock. Between checks nothing runs.
 */
export function watchProgress(
  read: () => ProgressReading,
  { stallMsMax, nowMs }: { stallMsMax: number; nowMs: () => number },
): ProgressWatch {
  let next = -1;
  let movedAtMs = nowMs();
  return {
    check() {
      const reading = read();
      if (reading === null || reading.next >= reading.end || reading.next !== next) {
        next = reading?.next ?? next;
        movedAtMs = nowMs();
        return null;
      }
      const stalledMs = nowMs() - movedAtMs;
      if (stalledMs <= stallMsMax) return null;
      return `stands at ${next} of ${reading.end} for ${Math.round(stalledMs / 1_000)} s`;
    },
  };
}
