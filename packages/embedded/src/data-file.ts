import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PageFile } from './page-file.js';

/** More than the files of an empty environment take. */
const EMPTY_BYTES = 131_072;

/** The most a file has before its first transaction is complete: two meta pages and one more. */
const BEGUN_BYTES = 12_288;

/**
 * The data file of a folder to be looked at, to be closed by the caller; null: nothing was ever stored
 * there. A file whose creation a power cut ended is removed, which LMDB would not open.
 * Throws what the system says when a file may not be read and written, or there is no room for one.
 */
export function openData(folder: string): PageFile | null {
  const [data, lock] = [join(folder, 'data.mdb'), join(folder, 'lock.mdb')];
  if (existsSync(lock)) accessSync(lock, constants.R_OK | constants.W_OK);
  if (existsSync(data)) {
    const file = new PageFile(data);
    if (file.size > 0 && !isBegunOnly(file)) return file;
    const { size } = file;
    file.close();
    if (size > 0) rmSync(data);
  }
  assertRoom(folder);
  return null;
}

/** Small, and none of its meta pages tells of a transaction. */
function isBegunOnly(file: PageFile): boolean {
  if (file.size > BEGUN_BYTES || file.size < BEGUN_BYTES - 4096) return false;
  const bytes = file.fill(Buffer.alloc(file.size), 0);
  const sectors = [0, 4096].map((at) => bytes.subarray(at, at + 512));
  const isBlank = (sector: Buffer): boolean => sector.every((byte) => byte === 0);
  // Where a meta page has the number of the transaction that wrote it.
  return sectors.some(isBlank) && sectors.every((sector) => isBlank(sector.subarray(152, 160)));
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
