import { StorageFull } from './errors.js';

/**
 * How long a full disk is told after an append that met it, in milliseconds: longer than a publisher
 * pauses between its tries, and not for ever, because only an append can find that there is room.
 */
const TOLD_MS = 3_000;

/** What appends last learned of the room on the disk. */
export interface FullDisk {
  /** Resolves and rejects as the append does. */
  watching<T>(append: Promise<T>): Promise<T>;
  /** Why there is no room; null when there is, or nobody tried for three seconds. */
  reason(): string | null;
}

export function createFullDisk(): FullDisk {
  let met: { why: string; atMs: number } | null = null;
  return {
    async watching(append) {
      try {
        const landed = await append;
        met = null;
        return landed;
      } catch (error) {
        if (error instanceof StorageFull) met = { why: error.message, atMs: performance.now() };
        throw error;
      }
    },
    reason: () => (met !== null && performance.now() - met.atMs < TOLD_MS ? met.why : null),
  };
}
