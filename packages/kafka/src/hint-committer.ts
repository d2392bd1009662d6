import type { Offset } from '@refold/pipeline';
import { asError } from './errors.js';
import type { CommittedOffset, GroupMembership } from './group-membership.js';
import type { Log } from './options.js';
import { atMost } from './pause.js';

/** Tells our commits from an operator's: a committed offset without it is a reset. */
export const HINT_METADATA = 'refold/1';

const INTERVAL_MS = 1_000;
const CLOSE_BOUND_MS = 1_000;

/** Commits the last hint of each partition, at most once a second. A failed one is logged and dropped. */
export class HintCommitter {
  private readonly membership: Pick<GroupMembership, 'commit'>;
  private readonly log: Log;
  private readonly waiting = new Map<string, CommittedOffset>();
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();

  constructor(membership: Pick<GroupMembership, 'commit'>, log: Log) {
    this.membership = membership;
    this.log = log;
  }

  add(topic: string, partition: number, next: Offset): void {
    const offset = `${next}`;
    const metadata = HINT_METADATA;
    this.waiting.set(`${topic}/${partition}`, { topic, partition, offset, metadata });
    this.timer ??= setTimeout(() => this.flush(), INTERVAL_MS);
  }

  /** The partition is somebody else's now; what was not committed is not. */
  drop(topic: string, partition: number): void {
    this.waiting.delete(`${topic}/${partition}`);
  }

  /** Commits what is left; bounded to a second. */
  async close(): Promise<void> {
    this.flush();
    await atMost(this.running, CLOSE_BOUND_MS);
  }

  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const offsets = [...this.waiting.values()];
    this.waiting.clear();
    if (offsets.length === 0) return;
    this.running = this.running
      .then(() => this.membership.commit(offsets))
      .catch((error: unknown) => {
        const fields = { partitions: offsets.length, error: asError(error).message };
        this.log('info', 'a hint was not committed to the group', fields);
      });
  }
}
