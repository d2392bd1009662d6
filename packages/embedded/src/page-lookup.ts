import { PageFault, readTree, TREE_BYTES, type PageFile, type Tree } from './page-file.js';
import { DEPTH_MAX, nodesOf } from './page-node.js';

/**
 * What is stored under a key of one database, short enough to stand in its page; undefined where there is
 * nothing. Reads three pages or so, without LMDB; throws a {@link PageFault}.
 */
export function findEntry(file: PageFile, database: string, key: Buffer): Buffer | undefined {
  const { main, pageSize } = file.newest();
  const page = (number: number): Buffer => {
    if (number >= file.size / pageSize) throw new PageFault(`page ${number} is none of this file`);
    return file.fill(Buffer.alloc(pageSize), number * pageSize);
  };
  const find = ({ root, depth }: Tree, wanted: Buffer): Buffer | undefined => {
    let number = root;
    for (let level = Math.min(depth, DEPTH_MAX); number !== null; level--) {
      const bytes = page(number);
      const nodes = nodesOf(bytes, number);
      if (level <= 1) {
        const node = nodes.find((one) => one.key.equals(wanted));
        return node === undefined ? undefined : bytes.subarray(node.at, node.at + node.size);
      }
      number =
        nodes.findLast((node, i) => i === 0 || Buffer.compare(node.key, wanted) <= 0)?.child ??
        null;
    }
    return undefined;
  };
  // The library writes the names of databases with a zero at their end.
  const record = find(main, Buffer.from(`${database}\0`));
  if (record?.length !== TREE_BYTES) return undefined;
  return find(readTree(record, 0), key);
}
