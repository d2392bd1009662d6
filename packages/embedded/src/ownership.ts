import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { FolderInUse, FolderUnusable } from './errors.js';
import { keyOf } from './keys.js';
import { isAlive, type Owner } from './owner.js';

/** The layout that this build reads and writes. */
const FORMAT = 1;

const FORMAT_KEY = keyOf('format');

/** Where the owner's record stands in `meta`. */
export const OWNER_KEY = keyOf('owner');

/** Texts under keys made of parts. */
export const TEXT_BY_PARTS = { encoding: 'string', keyEncoding: 'binary' } as const;

type Meta = Database<string, Buffer>;

export const openMeta = (root: RootDatabase<string, Buffer>): Meta =>
  root.openDB<string, Buffer>('meta', TEXT_BY_PARTS);

/**
 * Rejects with {@link FolderInUse} when the folder has a living owner. It only reads: to write is to
 * wait for the owner's transaction, and a process that was stopped in one never ends it.
 */
export async function assertFree(folder: string, path: string, here: Owner): Promise<void> {
  const data = join(path, 'data.mdb');
  if (!existsSync(data) || statSync(data).size === 0) return;
  const root = open<string, Buffer>({ path, noSubdir: false, readOnly: true, ...TEXT_BY_PARTS });
  try {
    // Typed otherwise, but undefined when the folder never came to have one.
    const meta = openMeta(root) as Meta | undefined;
    if (meta !== undefined) assertNoOwner(folder, meta, here);
  } finally {
    await root.close();
  }
}

/**
 * Checks format and owner and writes both; inside a write transaction. Throws
 * {@link FolderUnusable} for a format of another version and {@link FolderInUse} for a living owner.
 */
export function takeOwnership(folder: string, meta: Meta, here: Owner): void {
  const format = meta.get(FORMAT_KEY);
  if (format === undefined) meta.putSync(FORMAT_KEY, String(FORMAT));
  else if (Number(format) !== FORMAT) {
    throw new FolderUnusable(
      `${folder} has format ${format}, this version reads format ${FORMAT}: run the version that wrote it, or choose another folder`,
    );
  }
  assertNoOwner(folder, meta, here);
  meta.putSync(OWNER_KEY, JSON.stringify(here));
}

function assertNoOwner(folder: string, meta: Meta, here: Owner): void {
  const text = meta.get(OWNER_KEY);
  if (text === undefined) return;
  const recorded = JSON.parse(text) as Owner;
  if (isAlive(recorded, here)) throw new FolderInUse(folder, recorded.pid);
}
