import { connect } from 'node:net';

/** Where the parts of a record batch of format 2 begin, and where its header ends. */
const AT = { length: 8, crc: 17, attributes: 21, producer: 43, records: 57 } as const;
const LENGTH_END = 12;
const CODEC_MASK = 0x07;
const PRODUCE = { apiKey: 0, version: 7 } as const;
const REPLY_BYTES_MAX = 65_536;

/** CRC-32C, bit by bit: a few hundred bytes, and independent of the one that is tried. */
function crc32c(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** The last batch of a segment of a log. */
export function lastBatchOf(segment: Buffer): Buffer {
  for (let at = 0; ;) {
    const end = at + LENGTH_END + segment.readInt32BE(at + AT.length);
    if (end >= segment.length) return segment.subarray(at, end);
    at = end;
  }
}

/** The same batch, from no idempotent producer, with an offset and attributes of its own. */
function changed(batch: Buffer, offset: bigint, attributes: number): Buffer {
  const made = Buffer.from(batch);
  made.writeBigInt64BE(offset, 0);
  made.writeInt16BE(attributes, AT.attributes);
  made.fill(0xff, AT.producer, AT.records);
  made.writeUInt32BE(crc32c(made.subarray(AT.attributes)), AT.crc);
  return made;
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)]);

/** A stored batch of one record as it would stand next on its log, in another codec. */
export const storedNext = (batch: Buffer, codec: number): Buffer =>
  changed(
    batch,
    batch.readBigInt64BE(0) + 1n,
    (batch.readInt16BE(AT.attributes) & ~CODEC_MASK) | codec,
  );

/** The same as a producer sends it: offsets from 0 on, and without the broker's time. */
export const sentWith = (batch: Buffer, codec: number): Buffer => changed(batch, 0n, codec);

/**
 * What a broker answers to a request to append this batch as it is: Kafka's error code, 0 being none;
 * null when it cuts the connection instead.
 */
export function produceRaw(
  port: number,
  topic: string,
  partition: number,
  batch: Buffer,
): Promise<number | null> {
  const request = Buffer.concat([
    int16(PRODUCE.apiKey),
    int16(PRODUCE.version),
    int32(1),
    text('stranger'),
    int16(-1),
    int16(-1),
    int32(10_000),
    int32(1),
    text(topic),
    int32(1),
    int32(partition),
    int32(batch.length),
    batch,
  ]);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let reply = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      reply = Buffer.concat([reply, bytes]);
      if (reply.length < 4 || reply.length < 4 + reply.readInt32BE(0)) {
        if (reply.length > REPLY_BYTES_MAX) socket.destroy(new Error('the reply has no end'));
        return;
      }
      // Size, correlation, topics, name, partitions, partition.
      resolve(reply.readInt16BE(4 + 4 + 4 + 2 + topic.length + 4 + 4));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(null));
    socket.write(Buffer.concat([int32(request.length), request]));
  });
}
