import type { OutgoingRecord, Publisher, PublishOutcome, Timing } from '@refold/pipeline';
import type { Logger } from '@refold/service';

/** What events of operations are written with. */
export interface TellerPorts {
  timing: Pick<Timing, 'now'>;
  publisher: Pick<Publisher, 'publish'>;
  logger: Pick<Logger, 'warn' | 'error'>;
}

/** An event as it is told, and a smaller one that says what it leaves out; null: there is none. */
export interface Told {
  record: OutgoingRecord;
  smaller: OutgoingRecord | null;
}

/** What was told is folded within this time, milliseconds; after it, it is told again. */
const TOLD_MS = 10_000;

const isTooLarge = (outcome: PublishOutcome): boolean =>
  outcome.kind === 'refused' && outcome.reason === 'too_large';

/** Tells of operations on the log: again where it did not come through, but not what the log will never take. */
export class OperationTeller {
  readonly #ports: TellerPorts;
  /** When an event was appended, by operation and what it tells. */
  readonly #told = new Map<string, number>();
  /** What is too large for the log, even cut: it is told no more in the life of this process. */
  readonly #tooLarge = new Set<string>();

  constructor(ports: TellerPorts) {
    this.#ports = ports;
  }

  /** @param key The operation, a slash, and what is told of it. */
  isTold(key: string): boolean {
    const at = this.#told.get(key) ?? Number.NEGATIVE_INFINITY;
    return this.#tooLarge.has(key) || this.#ports.timing.now() - at < TOLD_MS;
  }

  async tell(key: string, { record, smaller }: Told): Promise<void> {
    if (this.isTold(key)) return;
    const { timing, publisher, logger } = this.#ports;
    this.#told.set(key, timing.now());
    const outcome = await publisher.publish(record);
    if (outcome.kind === 'appended') return;
    this.#told.delete(key);
    const fields = { event: key, outcome: outcome.kind };
    if (!isTooLarge(outcome)) {
      logger.warn(fields, 'an operation could not be told of');
    } else if (smaller === null) {
      this.#tooLarge.add(key);
      const why =
        'an operation cannot be told of: raise max.message.bytes of its topic, and restart';
      logger.error(fields, why);
    } else {
      logger.warn(fields, 'the topic takes no record as large as a result: it is told cut');
      await this.tell(key, { record: smaller, smaller: null });
    }
  }

  /** Forgets what nobody asks about any more. */
  keep(active: ReadonlySet<string>): void {
    const now = this.#ports.timing.now();
    for (const [key, at] of this.#told) if (now - at >= TOLD_MS) this.#told.delete(key);
    for (const key of this.#tooLarge) {
      if (!active.has(key.slice(0, key.lastIndexOf('/')))) this.#tooLarge.delete(key);
    }
  }
}
