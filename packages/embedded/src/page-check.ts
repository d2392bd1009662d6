import { PAGE_HEAD, PageFault, readNumber, readTree, TREE_BYTES } from './page-file.js';
import type { Meta, PageFile, Tree } from './page-file.js';
import {
  BIG,
  BRANCH,
  DEPTH_MAX,
  LEAF,
  nodesOf,
  OVERFLOW,
  SUBTREE,
  type PageNode,
} from './page-node.js';
import { isSealed } from './seal.js';

const PAGE_NUMBER_BYTES = 8;

interface Found {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** What is done with the entries of a tree. */
interface Visit {
  compare(a: Buffer, b: Buffer): number;
  entry(node: PageNode, value: () => Buffer): void;
}

const byBytes = (a: Buffer, b: Buffer): number => Buffer.compare(a, b);

/** Keys of the tree of free pages are integers of the machine. */
function byNumber(a: Buffer, b: Buffer): number {
  if (a.length !== PAGE_NUMBER_BYTES || b.length !== PAGE_NUMBER_BYTES) {
    throw new PageFault('a key of the free pages is not a number');
  }
  return readNumber(a, 0) - readNumber(b, 0);
}

/** Walks everything that one state of the file reaches; each page may be reached once. */
class Check {
  readonly #file: PageFile;
  readonly #meta: Meta;
  readonly #reached: Uint8Array;

  constructor(file: PageFile, meta: Meta) {
    this.#file = file;
    this.#meta = meta;
    this.#reached = new Uint8Array(Math.ceil((meta.lastPage + 1) / 8));
  }

  run(): void {
    const { free, main } = this.#meta;
    this.#tree('the tree of databases', main, {
      compare: byBytes,
      entry: (node, value) => {
        this.#database(node, value());
      },
    });
    this.#tree('the tree of free pages', free, {
      compare: byNumber,
      entry: (node, value) => {
        this.#freed(node, value());
      },
    });
  }

  #database({ key, flags }: PageNode, record: Buffer): void {
    const name = JSON.stringify(key.toString('latin1').replace(/\0$/, ''));
    if (flags !== SUBTREE || record.length !== TREE_BYTES) {
      throw new PageFault(`${name} is not the record of a database`);
    }
    const tree = readTree(record, 0);
    if (tree.flags !== 0) throw new PageFault(`database ${name} has flags ${tree.flags}`);
    this.#tree(`database ${name}`, tree, {
      compare: byBytes,
      entry: (node, value) => {
        if ((node.flags & ~BIG) === 0 && isSealed(node.key, value())) return;
        throw new PageFault(`an entry of database ${name} is not what was written`);
      },
    });
  }

  /** The lists are LMDB's: a count, then page numbers; a negative one says how many follow the next. */
  #freed({ key }: PageNode, list: Buffer): void {
    const count = list.length < PAGE_NUMBER_BYTES ? Infinity : readNumber(list, 0);
    if (readNumber(key, 0) > this.#meta.transaction || count * 8 + 8 > list.length) {
      throw new PageFault('a list of free pages is wrong');
    }
    let pages = 1;
    for (let at = 8; at <= count * 8; at += 8) {
      const entry = Number(list.readBigInt64LE(at));
      if (entry < 0) pages = -entry;
      else if (entry > 0) {
        this.#reach(entry, pages);
        pages = 1;
      }
    }
  }

  #reach(first: number, count: number): void {
    if (!(first >= 2 && first + count - 1 <= this.#meta.lastPage)) {
      throw new PageFault(`page ${first} of ${count} is none of this file`);
    }
    for (let page = first; page < first + count; page++) {
      const [at, bit] = [page >> 3, 1 << (page & 7)];
      if (((this.#reached[at] ?? 0) & bit) !== 0) {
        throw new PageFault(`page ${page} is used twice, or used and free`);
      }
      this.#reached[at] = (this.#reached[at] ?? 0) | bit;
    }
  }

  /** A page that is in use: within the file, with the head it must have. */
  #page(number: number, count: number, into: Buffer): Buffer {
    this.#reach(number, count);
    const page = this.#file.fill(into, number * this.#meta.pageSize);
    const written = readNumber(page, 8);
    if (readNumber(page, 0) !== number || written < 1 || written > this.#meta.transaction) {
      throw new PageFault(`page ${number}: its head is that of another`);
    }
    return page;
  }

  #tree(what: string, tree: Tree, visit: Visit): void {
    const found: Found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    if (tree.depth > DEPTH_MAX || (tree.root === null) !== (tree.depth === 0)) {
      throw new PageFault(`${what} cannot be ${tree.depth} deep`);
    }
    if (tree.root !== null) this.#subtree(tree.root, tree.depth, null, null, visit, found);
    for (const name of Object.keys(found) as (keyof Found)[]) {
      if (found[name] === tree[name]) continue;
      throw new PageFault(`${what} has ${found[name]} ${name} and says ${tree[name]}`);
    }
  }

  /** Every key is at least `from` and below `to`. */
  #subtree(
    number: number,
    depth: number,
    from: Buffer | null,
    to: Buffer | null,
    visit: Visit,
    found: Found,
  ): void {
    const page = this.#page(number, 1, Buffer.allocUnsafe(this.#meta.pageSize));
    const kind = depth === 1 ? LEAF : BRANCH;
    if (page.readUInt16LE(16) !== 0 || page.readUInt16LE(18) !== kind) {
      throw new PageFault(`page ${number}: of the wrong kind`);
    }
    const nodes = nodesOf(page, number);
    if (nodes.length < (kind === LEAF ? 1 : 2)) throw new PageFault(`page ${number} is empty`);
    this.#inOrder(nodes, number, kind === BRANCH, from, to, visit);
    if (kind === LEAF) {
      found.leafPages += 1;
      found.entries += nodes.length;
      for (const node of nodes) visit.entry(node, () => this.#value(page, node, found));
      return;
    }
    found.branchPages += 1;
    nodes.forEach((node, i) => {
      const first = i === 0 ? from : node.key;
      this.#subtree(node.child, depth - 1, first, nodes[i + 1]?.key ?? to, visit, found);
    });
  }

  /** The first key of a branch stands for "everything below the second" and is not looked at. */
  #inOrder(
    nodes: readonly PageNode[],
    number: number,
    isBranch: boolean,
    from: Buffer | null,
    to: Buffer | null,
    visit: Visit,
  ): void {
    let before = from;
    let isFirst = true;
    for (const { key } of isBranch ? nodes.slice(1) : nodes) {
      const order = before === null ? 1 : visit.compare(key, before);
      if (order < 0 || (order === 0 && !isFirst)) {
        throw new PageFault(`page ${number}: a key is out of order`);
      }
      before = key;
      isFirst = false;
    }
    if (to !== null && before !== null && visit.compare(before, to) >= 0) {
      throw new PageFault(`page ${number}: a key belongs on another page`);
    }
  }

  #value(page: Buffer, { flags, size, at }: PageNode, found: Found): Buffer {
    if ((flags & BIG) === 0) return page.subarray(at, at + size);
    const first = readNumber(page, at);
    const pages = readNumber(page, at + 16);
    if (pages !== Math.floor((PAGE_HEAD - 1 + size) / page.length) + 1) {
      throw new PageFault(`page ${first}: a value of ${size} bytes does not take ${pages} pages`);
    }
    const bytes = this.#page(first, pages, Buffer.allocUnsafe(PAGE_HEAD + size));
    if (bytes.readUInt16LE(18) !== OVERFLOW || bytes.readUInt32LE(20) !== pages) {
      throw new PageFault(`page ${first}: of the wrong kind`);
    }
    found.overflowPages += pages;
    return bytes.subarray(PAGE_HEAD);
  }
}

/**
 * Looks at every page that the newest state of the file reaches, and at the checksum of every entry.
 * LMDB trusts its pages: it ends the process, or answers wrongly, where one is damaged. Throws a
 * {@link PageFault}. The file must not be written meanwhile.
 */
export function checkPages(file: PageFile): void {
  new Check(file, file.newest()).run();
}
