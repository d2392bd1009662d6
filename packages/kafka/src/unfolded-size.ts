/**
 * What compressed bytes would unfold to at most, told from their headers. Blocks count as full, which
 * all but the last one are. Throws when the bytes are not of the format.
 */

/** What Java producers put around snappy blocks: this, two versions, then blocks with their lengths. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;
const LZ4_MAGIC = 0x18_4d_22_04;
const ZSTD_MAGIC = 0xfd_2f_b5_28;
const ZSTD_BLOCK_MAX = 131_072;

/** A snappy block says first how long it is unfolded: a varint of at most 32 bits. */
function snappyBlockBytes(block: Buffer): number {
  let bytes = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i] ?? 0;
    bytes += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return bytes;
}

/** Of snappy, as one block or framed as Java does. */
export function snappyBytes(bytes: Buffer): number {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return snappyBlockBytes(bytes);
  let total = 0;
  for (let at = XERIAL_HEADER_BYTES; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    total += snappyBlockBytes(bytes.subarray(at + 4, end));
    at = end;
  }
  return total;
}

/** Of the first LZ4 frame; nothing behind it is unfolded. */
export function lz4BytesMax(bytes: Buffer): number {
  if (bytes.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('not an LZ4 frame');
  const flags = bytes.readUInt8(4);
  const blockMax = 2 ** (8 + 2 * ((bytes.readUInt8(5) >> 4) & 0x07));
  const checksumBytes = flags & 0x10 ? 4 : 0;
  const headerBytes = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  let total = 0;
  for (let at = headerBytes; at + 4 <= bytes.length;) {
    const size = bytes.readUInt32LE(at) & 0x7fff_ffff;
    if (size === 0) break;
    total += blockMax;
    at += 4 + size + checksumBytes;
  }
  return total;
}

/** Of one zstd frame, which is all that producers write: also the memory it asks for. */
export function zstdBytesMax(bytes: Buffer): number {
  if (bytes.readUInt32LE(0) !== ZSTD_MAGIC) throw new Error('not a zstd frame');
  const flags = bytes.readUInt8(4);
  const single = (flags & 0x20) !== 0;
  const window = single ? 0 : windowBytes(bytes.readUInt8(5));
  const contentAt = (single ? 5 : 6) + ([0, 1, 2, 4][flags & 0x03] ?? 0);
  const contentBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  let content = 0;
  for (let i = 0; i < contentBytes; i++) content += bytes.readUInt8(contentAt + i) * 256 ** i;
  let total = 0;
  let at = contentAt + contentBytes;
  for (let isLast = false; !isLast;) {
    const header = bytes.readUIntLE(at, 3);
    const [kind, size] = [(header >> 1) & 0x03, header >> 3];
    isLast = (header & 0x01) !== 0;
    total += kind === 2 ? ZSTD_BLOCK_MAX : size;
    at += 3 + (kind === 1 ? 1 : size);
  }
  if (at + (flags & 0x04 ? 4 : 0) !== bytes.length) throw new Error('not exactly one zstd frame');
  return Math.max(window, content, total);
}

const windowBytes = (window: number): number =>
  2 ** (10 + (window >> 3)) * (1 + (window & 0x07) / 8);
