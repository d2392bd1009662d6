import { taggedWith, type Offset } from '@refold/pipeline';
import { asError } from './errors.js';
import type { CommittedOffset, GroupMembership } from './group-membership.js';
import type { Log } from './options.js';
import { atMost } from './pause.js';

const INTERVAL_MS = 1_000;
const CLOSE_BOUND_MS = 1_000;

const hintOf = (topic: string, partition: number, next: Offset, note: string): CommittedOffset => ({
  topic,
  partition,
  offset: `${next}`,
  metadata: taggedWith(note),
});

/**
 * Commits the last hint of each partition, at most once a second, one commit after the other. A failed one
 * is logged and dropped. What waits is looked up when its turn has come: a partition that is lost until
 * then is not committed.
 */
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

  add(topic: string, partition: number, next: Offset, note: string): void {
    this.waiting.set(`${topic}/${partition}`, hintOf(topic, partition, next, note));
    this.timer ??= setTimeout(() => this.flush(), INTERVAL_MS);
  }

  /**
   * Commits now, behind what is under way and instead of what waits. Rejects when it was refused, or when
   * the partition is not `held` any more when its turn has come.
   */
  async commit(
    topic: string,
    partition: number,
    next: Offset,
    note: string,
    held: () => boolean,
  ): Promise<void> {
    this.drop(topic, partition);
    const done = this.running.then(async () => {
      if (!held()) throw new Error(`${topic}/${partition} was lost before it was committed`);
      await this.membership.commit([hintOf(topic, partition, next, note)]);
    });
    // Whoever comes behind it waits for its end, however it ends; the caller is told.
    this.running = done.catch(() => undefined);
    await done;
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
    this.running = this.running.then(() => this.commitWaiting());
  }

  private async commitWaiting(): Promise<void> {
    const offsets = [...this.waiting.values()];
    this.waiting.clear();
    if (offsets.length === 0) return;
    try {
      await this.membership.commit(offsets);
    } catch (error) {
      const fields = { partitions: offsets.length, error: asError(error).message };
      this.log('info', 'a hint was not committed to the group', fields);
    }
  }
}
