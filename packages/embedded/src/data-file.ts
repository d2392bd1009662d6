import { accessSync, closeSync, constants, existsSync, fstatSync } from 'node:fs';
import { openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the fields of LMDB's meta page stand, in bytes from the start of the page. */
const META = {
  magic: 24,
  version: 28,
  pageSize: 48,
  freeRoot: 88,
  mainRoot: 136,
  transaction: 152,
};
const META_BYTES = 168;
const MAGIC = 0xbeefc0de;
const VERSION = 2;

/** More than the files of an empty environment take. */
const EMPTY_BYTES = 131_072;

const NO_PAGE = 0xffffffffffffffffn;

/**
 * What is wrong with the files of an environment, or null. LMDB's binding ends the process with
 * SIGSEGV when it cannot open or create them and with SIGBUS when they were cut short, so this looks
 * first.
 * Throws what the system says when a file may not be read and written.
 */
export function dataFault(folder: string): string | null {
  const [data, lock] = [join(folder, 'data.mdb'), join(folder, 'lock.mdb')];
  if (existsSync(lock)) accessSync(lock, constants.R_OK | constants.W_OK);
  if (!existsSync(data)) {
    assertRoom(folder);
    return null;
  }
  const file = openSync(data, 'r+');
  try {
    const { size } = fstatSync(file);
    if (size > 0) return metaFault(file, size);
  } finally {
    closeSync(file);
  }
  assertRoom(folder);
  return null;
}

/** Room for an empty environment. Throws what the system says when there is none. */
function assertRoom(folder: string): void {
  const probe = join(folder, 'room.probe');
  try {
    writeFileSync(probe, Buffer.alloc(EMPTY_BYTES));
  } finally {
    rmSync(probe, { force: true });
  }
}

function metaFault(file: number, size: number): string | null {
  const first = readMeta(file, 0);
  if (first?.readUInt32LE(META.magic) !== MAGIC) return 'data.mdb is not a database';
  const version = first.readUInt32LE(META.version);
  if (version !== VERSION) return `data.mdb has LMDB version ${version} instead of ${VERSION}`;
  const pageSize = first.readUInt32LE(META.pageSize);
  const second = readMeta(file, pageSize);
  if (second === null) return 'data.mdb was cut short';
  const [a, b] = [first, second].map((meta) => meta.readBigUInt64LE(META.transaction));
  const newest = (a ?? 0n) > (b ?? 0n) ? first : second;
  const roots = [META.freeRoot, META.mainRoot].map((at) => newest.readBigUInt64LE(at));
  const outside = roots.some((root) => root !== NO_PAGE && (root + 1n) * BigInt(pageSize) > size);
  return outside ? 'data.mdb was cut short' : null;
}

/** One meta page; null when the file ends before it does. */
function readMeta(file: number, position: number): Buffer | null {
  const page = Buffer.alloc(META_BYTES);
  return readSync(file, page, 0, META_BYTES, position) === META_BYTES ? page : null;
}
