import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';

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
const UNFOLDED_MAX = 256 * 1_048_576;
const ungzip = promisify(gunzip);

const CODECS: Readonly<Record<number, Codec>> = {
  1: { name: 'gzip', decompress: (bytes) => ungzip(bytes, { maxOutputLength: UNFOLDED_MAX }) },
  2: { name: 'snappy', decompress: snappy().decompress },
  3: { name: 'lz4', decompress: new Lz4().codec().decompress },
  4: { name: 'zstd', decompress: async (bytes) => unzstd(bytes) },
};

/** The bits of a batch's attributes that name its codec; 0 is none. */
export const CODEC_MASK = 0x07;

/** The codec of a batch by number; null: this process has none of that number. */
export const codecOf = (codec: number): Codec | null => CODECS[codec] ?? null;
