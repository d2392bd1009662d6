import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { lz4BytesMax, snappyBytes, zstdBytesMax } from './unfolded-size.js';

type Decompress = (compressed: Buffer) => Promise<Uint8Array>;

interface Codec {
  name: string;
  decompress: Decompress;
}

// Both modules export a CommonJS function that their types, or their lack of types, misdescribe.
const load = createRequire(import.meta.url);
const Lz4 = load('@2l/kafkajs-lz4') as new () => { codec(): { decompress: Decompress } };
const snappy = load('kafkajs-snappy') as () => { decompress: Decompress };

/** A batch has at most some MiB compressed; what unfolds to more than this is an attack. */
const UNFOLDED_MAX = 64 * 1_048_576;
const ungzip = promisify(gunzip);

/** Only gzip takes a bound; the others are asked first what they would come to. */
const bounded =
  (bytesMax: (bytes: Buffer) => number, decompress: Decompress): Decompress =>
  async (bytes) => {
    if (bytesMax(bytes) <= UNFOLDED_MAX) return decompress(bytes);
    throw new RangeError(`it unfolds to more than ${UNFOLDED_MAX} bytes`);
  };

const CODECS: Readonly<Record<number, Codec>> = {
  1: { name: 'gzip', decompress: (bytes) => ungzip(bytes, { maxOutputLength: UNFOLDED_MAX }) },
  2: { name: 'snappy', decompress: bounded(snappyBytes, snappy().decompress) },
  3: { name: 'lz4', decompress: bounded(lz4BytesMax, new Lz4().codec().decompress) },
  4: { name: 'zstd', decompress: bounded(zstdBytesMax, async (bytes) => unzstd(bytes)) },
};

/** The bits of a batch's attributes that name its codec; 0 is none. */
export const CODEC_MASK = 0x07;

/** The codec of a batch by number; null: this process has none of that number. */
export const codecOf = (codec: number): Codec | null => CODECS[codec] ?? null;
