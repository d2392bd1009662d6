import type { Claim } from '@refold/domain';
import { decodeRecord } from '../fold/decode.js';
import type { Decoded } from '../fold/decode.js';
import type { EventLog, LogRange, LogRecord, Offset } from '../ports/event-log.js';
import { answered } from '../project/check-position.js';
import type { Projection } from '../projection.js';
import { bytesOf } from './scan-partition.js';

/** Most bytes of the log that are held at once. */
const READ_BYTES = 1_048_576;

/** Subjects that are remembered as well formed and at home here. */
const STREAMS_KNOWN_MAX = 50_000;

/** A record of the stretch; `timestamp` is the largest up to it, as the time of the partition is. */
export interface Found {
  record: LogRecord;
  decoded: Decoded;
  /** UTF-8 bytes of its key and value. */
  bytes: number;
}

/** A stretch of the log, decoded. */
export interface Stretch {
  /** Claims and changes of the rules, in log order; records of anybody else are left out. */
  found: Found[];
  next: Offset;
  /** Largest append time of all its records; 0 = none. */
  time: number;
  records: number;
}

/** Reads a partition once more, beside whoever reads it live. */
export class ClaimReader {
  readonly #log: Pick<EventLog, 'read' | 'range'>;
  readonly #projection: Projection;
  readonly #partition: number;
  readonly #streams = new Map<string, Pick<Claim, 'subject' | 'kind' | 'streamId'>>();

  constructor(log: Pick<EventLog, 'read' | 'range'>, projection: Projection, partition: number) {
    this.#log = log;
    this.#projection = projection;
    this.#partition = partition;
  }

  #answered<T>(answer: Promise<T>): Promise<T> {
    return answered(`${this.#projection.topic}/${this.#partition}`, answer);
  }

  /** What the log holds. @throws LogUnavailable */
  range(): Promise<LogRange> {
    return this.#answered(this.#log.range(this.#projection.topic, this.#partition));
  }

  /** Records from `from` on, none at `limit` or later. @throws LogUnavailable */
  async read(from: Offset, limit: Offset, bytesMax: number = READ_BYTES): Promise<Stretch> {
    const { topic } = this.#projection;
    const partition = this.#partition;
    const batch = await this.#answered(this.#log.read(topic, partition, from, bytesMax));
    const texts = new Map<string, string>();
    const where = { projection: this.#projection, partition, streams: this.#streams, texts };
    const stretch = { next: Math.min(batch.next, limit), time: 0, records: 0 };
    const found: Found[] = [];
    for (const record of batch.records) {
      if (record.offset >= limit) break;
      // The time stamp of an unfit record may be its producer's.
      if (record.unfit === undefined) stretch.time = Math.max(stretch.time, record.timestamp);
      stretch.records += 1;
      const decoded = decodeRecord(record, where);
      if (decoded.kind !== 'claim' && decoded.kind !== 'rules') continue;
      found.push({
        record: { ...record, timestamp: stretch.time },
        decoded,
        bytes: bytesOf(record),
      });
    }
    if (this.#streams.size > STREAMS_KNOWN_MAX) this.#streams.clear();
    return { ...stretch, found };
  }

  /** The claim at an offset. @throws Error when the log holds another record there */
  async claimAt(offset: Offset): Promise<Claim> {
    const { found } = await this.read(offset, offset + 1, 1);
    const [first] = found;
    if (first?.decoded.kind === 'claim') return first.decoded.claim;
    throw new Error(`${this.#projection.topic}/${this.#partition}: no claim stands at ${offset}`);
  }
}
