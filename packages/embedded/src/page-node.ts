import { PAGE_HEAD, PageFault } from './page-file.js';

const NODE_HEAD = 8;
/** What stands in a leaf for a value on pages of its own: first page, transaction, count. */
const REFERENCE_BYTES = 24;
/** The value lies on pages of its own; or it is the record of a tree. */
export const BIG = 1;
export const SUBTREE = 2;

/** Deeper trees than LMDB itself can walk. */
export const DEPTH_MAX = 32;

export const BRANCH = 1;
export const LEAF = 2;
export const OVERFLOW = 4;

/** An entry of a page: of a branch its value is a page, of a leaf it has one. */
export interface PageNode {
  key: Buffer;
  flags: number;
  /** Bytes of the value, wherever it lies. */
  size: number;
  /** Where the value, or what leads to it, begins in the page. */
  at: number;
  /** Of a branch. */
  child: number;
}

const even = (length: number): number => length + (length % 2);

/** The entries of a branch or leaf, which must fill the page as LMDB fills it. */
export function nodesOf(page: Buffer, number: number): PageNode[] {
  const fault = (what: string): PageFault => new PageFault(`page ${number}: ${what}`);
  const isBranch = page.readUInt16LE(18) === BRANCH;
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  const room = page.length - PAGE_HEAD;
  if (lower % 2 !== 0 || lower > upper || upper > room) throw fault('its bounds are wrong');
  const nodes: PageNode[] = [];
  let used = 0;
  for (let at = 0; at < lower; at += 2) {
    const offset = page.readUInt16LE(PAGE_HEAD + at);
    const start = PAGE_HEAD + offset;
    if (offset < upper || start + NODE_HEAD > page.length) throw fault('an entry lies outside');
    const low = page.readUInt16LE(start) + page.readUInt16LE(start + 2) * 65_536;
    const flags = page.readUInt16LE(start + 4);
    const keyEnd = start + NODE_HEAD + page.readUInt16LE(start + 6);
    const inLeaf = (flags & BIG) === 0 ? low : REFERENCE_BYTES;
    const inPage = isBranch ? 0 : inLeaf;
    if (keyEnd + inPage > page.length) throw fault('an entry is longer than its page');
    used += even(keyEnd + inPage - start);
    nodes.push({
      key: page.subarray(start + NODE_HEAD, keyEnd),
      flags: isBranch ? 0 : flags,
      size: low,
      at: keyEnd,
      child: isBranch ? low + flags * 4_294_967_296 : 0,
    });
  }
  if (used !== room - upper) throw fault('its entries overlap, or leave gaps');
  return nodes;
}
