/** What kafkajs does otherwise than we need. Each mend replaces a method, for the whole process. */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const PENDING_CHECK_MS = 10;

/**
 * kafkajs re-arms a timer of about a millisecond on every connection for ever, 3 % of a core when
 * idle. A check is needed only while something is pending.
 */
export function calmRequestQueues(): void {
  const queue = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  queue.prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue) {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const throttledMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledMs > 0 ? throttledMs : PENDING_CHECK_MS,
    );
  };
}

interface Runner {
  running: boolean;
  consumerGroup: { commitOffsets(offsets: unknown): Promise<void> };
  commitOffsets(offsets: unknown): Promise<void>;
}

/**
 * kafkajs tries a commit again as whatever member it is by then, so that one of a lost membership could
 * replace what somebody committed after it; and it says nothing when it commits nothing. A commit is
 * tried once, as the member that was asked.
 */
export function commitOnce(): void {
  const runner = load('kafkajs/src/consumer/runner') as { prototype: Runner };
  runner.prototype.commitOffsets = async function commit(this: Runner, offsets) {
    if (!this.running) throw new Error('not a member of the group');
    await this.consumerGroup.commitOffsets(offsets);
  };
}
