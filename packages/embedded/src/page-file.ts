import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Something in the data file that LMDB cannot have written; the message says where. */
export class PageFault extends Error {
  override readonly name = 'PageFault';
}

/** One tree of pages as its record describes it. */
export interface Tree {
  flags: number;
  depth: number;
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
  /** Null: it is empty. */
  root: number | null;
}

/** What a meta page says: one state of the whole file. */
export interface Meta {
  transaction: number;
  pageSize: number;
  lastPage: number;
  free: Tree;
  main: Tree;
}

/** Bytes of the head of every page, and of the record of a tree. */
export const PAGE_HEAD = 24;
export const TREE_BYTES = 48;

/** Both meta pages, with pages of the largest size. */
const STAMP_BYTES = 65_536 + 4_096;

const MAGIC = 0xbeefc0de;
const VERSION = 2;
const META_BYTES = 168;
const META_FLAG = 8;
/** The flags of the tree of free pages: its keys are integers. */
const FREE_FLAGS = 8;
const MAP_BYTES_MAX = 2 ** 46;
/** By how much the last page in use may lie behind the end of the file: free pages need no room. */
const SPARE_BYTES = 67_108_864;
const PAGE_SIZES = new Set([4096, 8192, 16384, 32768, 65536]);
const NO_ROOT_HIGH = 0xffffffff;

/** A number of 64 bits, as far as it is a safe integer; Infinity beyond. */
export function readNumber(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32LE(at + 4);
  return high < 0x200000 ? high * 4_294_967_296 + bytes.readUInt32LE(at) : Infinity;
}

export const readTree = (bytes: Buffer, at: number): Tree => ({
  flags: bytes.readUInt16LE(at + 4),
  depth: bytes.readUInt16LE(at + 6),
  branchPages: readNumber(bytes, at + 8),
  leafPages: readNumber(bytes, at + 16),
  overflowPages: readNumber(bytes, at + 24),
  entries: readNumber(bytes, at + 32),
  root:
    bytes.readUInt32LE(at + 40) === NO_ROOT_HIGH && bytes.readUInt32LE(at + 44) === NO_ROOT_HIGH
      ? null
      : readNumber(bytes, at + 40),
});

/** The data file of an environment, read beside LMDB and without it. */
export class PageFile {
  readonly #descriptor: number;
  #size = 0;

  /** Throws what the system says when it cannot be opened for reading and writing. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r+');
    this.measure();
  }

  /** Bytes when it was last measured. */
  get size(): number {
    return this.#size;
  }

  /** Looks how large the file is now: whoever has it open may have made it grow. */
  measure(): void {
    this.#size = fstatSync(this.#descriptor).size;
  }

  /** Changes with every transaction that is written to the file. */
  stamp(): string {
    this.measure();
    const metas = Buffer.alloc(Math.min(STAMP_BYTES, this.size));
    return `${this.size} ${this.fill(metas, 0).toString('latin1')}`;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Fills `into` from `position` on. Throws a {@link PageFault} when the file ends before. */
  fill(into: Buffer, position: number): Buffer {
    const got = readSync(this.#descriptor, into, 0, into.length, position);
    if (got !== into.length) throw new PageFault('data.mdb was cut short');
    return into;
  }

  /** The newest state. Throws a {@link PageFault} where the meta pages cannot be LMDB's. */
  newest(): Meta {
    const first = this.#meta(0, 'data.mdb is not a database');
    const second = this.#meta(first.pageSize, 'the second meta page is not one');
    if (second.pageSize !== first.pageSize) throw new PageFault('the meta pages differ in size');
    const [a, b] = [first.transaction, second.transaction];
    // A transaction writes the page of its parity, so the two are neighbours, but for an empty file.
    if (Math.abs(a - b) !== 1 && !(a === 0 && b === 0)) {
      throw new PageFault(`the meta pages are of transactions ${a} and ${b}`);
    }
    if (a % 2 === 1 || (b % 2 === 0 && b > 0)) {
      throw new PageFault(`transactions ${a} and ${b} stand on each other's meta page`);
    }
    const newest = a > b ? first : second;
    const pages = Math.floor(this.size / newest.pageSize);
    for (const root of [newest.free.root, newest.main.root]) {
      if (root !== null && root >= pages) throw new PageFault('data.mdb was cut short');
    }
    return newest;
  }

  #meta(position: number, otherwise: string): Meta {
    if (this.size < META_BYTES) throw new PageFault(otherwise);
    const bytes = this.fill(Buffer.alloc(META_BYTES), position);
    if (bytes.readUInt32LE(24) !== MAGIC) throw new PageFault(otherwise);
    const version = bytes.readUInt32LE(28);
    if (version !== VERSION) {
      throw new PageFault(`data.mdb has LMDB version ${version} instead of ${VERSION}`);
    }
    const pageSize = bytes.readUInt32LE(48);
    const mapSize = readNumber(bytes, 40);
    const free = readTree(bytes, 48);
    const lastPage = readNumber(bytes, 144);
    const fits =
      PAGE_SIZES.has(pageSize) &&
      bytes.readUInt16LE(18) === META_FLAG &&
      free.flags === FREE_FLAGS &&
      lastPage >= 1 &&
      lastPage * pageSize <= 2 * this.size + SPARE_BYTES &&
      mapSize <= MAP_BYTES_MAX &&
      mapSize >= (lastPage + 1) * pageSize;
    if (!fits) throw new PageFault(`the meta page at byte ${position} contradicts itself`);
    const transaction = readNumber(bytes, 152);
    return { transaction, pageSize, lastPage, free, main: readTree(bytes, 96) };
  }
}
