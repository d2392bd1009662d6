import { isUtf8 } from 'node:buffer';
import { crc32c } from '@node-rs/crc32';
import { UnknownFormat, type LogRecord, type Offset } from '@refold/pipeline';
import { CODEC_MASK, codecOf } from './compression.js';
import { asError, UndecodableBatch } from './errors.js';

/** What was read of one partition from one offset on; its records have one leader epoch. */
export interface Stretch {
  records: LogRecord[];
  /** Past the last batch of it: control batches, compacted records and empty batches included. */
  next: Offset;
  /** Bytes that the first batch takes when not even one whole batch was there; else 0. */
  needed: number;
}

/**
 * What the batches of one stretch may unfold to beyond what was fetched, bytes: the batch that reaches
 * it is the last. A fetch is bounded as it lies on disk, where a thousandth of this may be enough.
 */
const GROWTH_MAX = 16 * 1_048_576;

const HEADER_BYTES = 61;
/** Offset and length of a batch, which its own length does not count. */
const LENGTH_END = 12;
const EPOCH_AT = 12;
const MAGIC_AT = 16;
/** The attributes, and all that follows them, are under the checksum. */
const CHECKED_FROM = 21;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const IN_TRANSACTION =
  'written in a transaction: the log is read uncommitted, produce without transactions ' +
  '(without a transactional.id)';
const CREATE_TIME =
  'stamped by its producer: set message.timestamp.type=LogAppendTime on the topic';
const NOT_UTF8 = 'key or value is not UTF-8';

/** A 64-bit integer as a number; throws beyond 2^53-1, which no offset or time reaches. */
export function safeInt64(bytes: Buffer, at: number): number {
  const value = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is beyond 2^53-1`);
  return value;
}

/**
 * The end as of a stretch: a broker looks at its high watermark first and reads then, so what it
 * returns, and what is therefore replicated, may lie beyond.
 */
export const endOf = (highWatermark: Offset, next: Offset): Offset => Math.max(highWatermark, next);

/**
 * Decodes record batches (format version 2) as a fetch returns them, dropping what lies below `from`
 * and a batch that is cut off at the end. A batch of another leader epoch ends the stretch before it;
 * so does one that cannot be decoded, and as the first one it throws {@link UndecodableBatch} or
 * `UnknownFormat`. What unfolds to much more than it was ends it too.
 */
export async function decodeStretch(bytes: Buffer, from: Offset): Promise<Stretch> {
  const stretch: Stretch = { records: [], next: from, needed: 0 };
  let growth = 0;
  for (let at = 0; at + HEADER_BYTES <= bytes.length && growth < GROWTH_MAX;) {
    try {
      const end = at + lengthOf(bytes, at);
      if (end > bytes.length) {
        if (stretch.next === from) stretch.needed = end - at;
        break;
      }
      const batch = bytes.subarray(at, end);
      const last = stretch.records.at(-1);
      if (last !== undefined && last.leaderEpoch !== epochOf(batch)) break;
      const begin = safeInt64(batch, 0);
      check(batch, begin);
      const past = begin + batch.readInt32BE(23) + 1;
      if (past > stretch.next) {
        growth += await decodeBatch(batch, begin, from, stretch.records);
        stretch.next = past;
      }
      at = end;
    } catch (error) {
      if (stretch.next > from) break;
      throw error;
    }
  }
  return stretch;
}

const epochOf = (batch: Buffer): number => Math.max(0, batch.readInt32BE(EPOCH_AT));

const damaged = (begin: Offset, what: string): UndecodableBatch =>
  new UndecodableBatch(
    `batch at offset ${begin} is damaged (${what}): if reading it again does not help, restore ` +
      'the partition from a replica that holds it whole',
  );

/** How many bytes the batch at `at` takes. Refuses a length that its own header does not fit in. */
function lengthOf(bytes: Buffer, at: number): number {
  const begin = safeInt64(bytes, at);
  const magic = bytes.readInt8(at + MAGIC_AT);
  if (magic !== 2) {
    throw new UndecodableBatch(
      `batch at offset ${begin} has message format ${magic}: rewrite the topic with format 2`,
    );
  }
  const length = LENGTH_END + bytes.readInt32BE(at + 8);
  if (length < HEADER_BYTES) throw damaged(begin, `a length of ${length} bytes`);
  return length;
}

/** Brokers hand out what is on their disks without looking at it. */
function check(batch: Buffer, begin: Offset): void {
  if (crc32c(batch.subarray(CHECKED_FROM)) !== batch.readUInt32BE(17)) {
    throw damaged(begin, 'checksum');
  }
}

/** Appends the records of one whole batch that are not below `from`; by how many bytes it unfolded. */
async function decodeBatch(
  batch: Buffer,
  begin: Offset,
  from: Offset,
  into: LogRecord[],
): Promise<number> {
  const attributes = batch.readInt16BE(CHECKED_FROM);
  if (attributes & CONTROL) return 0;
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0;
  const context: BatchContext = {
    begin,
    from,
    count: batch.readInt32BE(57),
    leaderEpoch: epochOf(batch),
    appendTime,
    timestamp: safeInt64(batch, appendTime ? 35 : 27),
    unfit: unfitBy(attributes),
  };
  const body = await unfold(batch, attributes & CODEC_MASK, begin);
  const before = into.length;
  try {
    new RecordReader(body).readInto(into, context);
  } catch (error) {
    into.length = before;
    const why = asError(error).message;
    throw new UndecodableBatch(`batch at offset ${begin} is damaged: ${why}`, { cause: error });
  }
  return body.length + HEADER_BYTES - batch.length;
}

function unfitBy(attributes: number): string | null {
  if (attributes & TRANSACTIONAL) return IN_TRANSACTION;
  return attributes & LOG_APPEND_TIME ? null : CREATE_TIME;
}

async function unfold(batch: Buffer, codecNumber: number, begin: Offset): Promise<Buffer> {
  const body = batch.subarray(HEADER_BYTES);
  if (codecNumber === 0) return body;
  const codec = codecOf(codecNumber);
  if (!codec) {
    throw new UnknownFormat(
      `batch at offset ${begin} is compressed with codec ${codecNumber}, which this version does ` +
        'not know: deploy one that does, and set compression.type=uncompressed on the topic',
    );
  }
  try {
    const unfolded = await codec.decompress(body);
    return Buffer.from(unfolded.buffer, unfolded.byteOffset, unfolded.byteLength);
  } catch (error) {
    const why = asError(error).message;
    throw new UndecodableBatch(
      `batch at offset ${begin} is compressed with ${codec.name} and cannot be read (${why}): ` +
        `reinstall the ${codec.name} codec, or check the producer that wrote it`,
      { cause: error },
    );
  }
}

interface BatchContext {
  begin: Offset;
  from: Offset;
  count: number;
  leaderEpoch: number;
  appendTime: boolean;
  timestamp: number;
  unfit: string | null;
}

/** Reads the records of one batch. Keys and values become strings; headers are passed over. */
class RecordReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  readInto(into: LogRecord[], context: BatchContext): void {
    for (let i = 0; i < context.count; i++) {
      const length = this.varint();
      const end = this.at + length;
      if (length < 0 || end > this.bytes.length) throw new RangeError(`record ${i} is cut off`);
      this.at += 1;
      const timestampDelta = this.varint();
      const offset = context.begin + this.varint();
      if (offset >= context.from) into.push(this.record(offset, timestampDelta, context));
      this.at = end;
    }
  }

  private record(offset: Offset, timestampDelta: number, context: BatchContext): LogRecord {
    const bodyAt = this.at;
    const key = this.text();
    const value = this.text();
    const timestamp = context.timestamp + (context.appendTime ? 0 : timestampDelta);
    const { leaderEpoch, unfit } = context;
    const record: LogRecord = { offset, key, value, timestamp, leaderEpoch };
    if (unfit !== null) record.unfit = unfit;
    else if (hasReplacement(key) || hasReplacement(value)) {
      const written = this.bytes.subarray(bodyAt, this.at);
      if (!this.isText(written)) record.unfit = NOT_UTF8;
    }
    return record;
  }

  /** Key and value with their lengths, one after the other, at the start of `written`. */
  private isText(written: Buffer): boolean {
    const reader = new RecordReader(written);
    return isUtf8(reader.slice()) && isUtf8(reader.slice());
  }

  private slice(): Buffer {
    const length = this.varint();
    const start = this.at;
    if (length > 0) this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  private text(): string | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    return this.bytes.toString('utf8', start, this.at);
  }

  /** Zig-zag; up to 64 bits, of which those beyond 2^53 lose precision (time differences only). */
  private varint(): number {
    let byte = this.bytes[this.at++] ?? 0;
    let value = byte & 0x7f;
    for (let scale = 128; byte & 0x80; scale *= 128) {
      if (this.at >= this.bytes.length) throw new RangeError('a number is cut off');
      byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

const hasReplacement = (text: string | null): boolean => text?.includes('\ufffd') ?? false;
