import { StorageClosed, StorageFull } from './errors.js';

const PAUSES_MS = [50, 100, 250, 500];
const LONGEST_PAUSE_MS = 1_000;

/** How often a disk that stays full is mentioned. */
const REPEAT_MS = 10_000;

/** Writes that wait for room on the disk, as long as it takes. */
export interface RoomWaits {
  /**
   * Tries a write again, with growing pauses up to a second, while it rejects with {@link StorageFull}.
   * Rejects with {@link StorageClosed} once closed, and with whatever else the write rejects with.
   */
  retrying<T>(write: () => Promise<T>): Promise<T>;
  /** Ends every wait. */
  close(): void;
}

/** `trouble` is called when room runs out, every ten seconds while it is out, and when there is some. */
export function createRoomWaits(trouble: (what: string) => void): RoomWaits {
  const sleepers = new Set<() => void>();
  let closed = false;
  let toldAt: number | null = null;

  const pause = (attempt: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, PAUSES_MS[attempt] ?? LONGEST_PAUSE_MS);
      sleepers.add(wake);
    });

  const tell = (error: StorageFull): void => {
    const now = performance.now();
    if (toldAt !== null && now - toldAt < REPEAT_MS) return;
    toldAt = now;
    trouble(`a commit waits for room: ${error.message}`);
  };

  return {
    async retrying(write) {
      for (let attempt = 0; ; attempt++) {
        try {
          const written = await write();
          if (toldAt !== null) trouble('there is room again, commits go on');
          toldAt = null;
          return written;
        } catch (error) {
          if (!(error instanceof StorageFull)) throw error;
          tell(error);
          if (!closed) await pause(attempt);
          if (closed) throw new StorageClosed('closed while waiting for room', { cause: error });
        }
      }
    },
    close() {
      closed = true;
      for (const wake of [...sleepers]) wake();
    },
  };
}
