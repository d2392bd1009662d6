import { FolderInUse, FolderUnusable } from './errors.js';
import { keyOf } from './keys.js';
import { isAlive, type Owner } from './owner.js';
import { checkPages } from './page-check.js';
import { PageFault, type PageFile } from './page-file.js';
import { findEntry } from './page-lookup.js';
import { unseal } from './seal.js';
import type { SealedTexts } from './sealed-texts.js';

/** The layout of a folder that is made by this build. Format 1 was never released and had no checksums. */
const FORMAT = '2';

/** The layout of one whose log was cut: its heads say where partitions begin, which a build before would forget. */
const CUT_FORMAT = '3';

const FORMATS: readonly string[] = [FORMAT, CUT_FORMAT];

/** The database that format, owner, topics, heads and pinned facts stand in. */
export const META = 'meta';

const FORMAT_KEY = keyOf('format');

/** Where the owner's record stands in `meta`. */
export const OWNER_KEY = keyOf('owner');

/**
 * Looks at a data file before LMDB does. Throws {@link FolderInUse} when the folder has a living owner,
 * {@link FolderUnusable} when the format is another, and a {@link PageFault} when a page or an entry is
 * damaged. It only reads, and without LMDB: that would wait for an owner that was stopped in a
 * transaction, and a damaged page ends the process.
 */
export function inspect(folder: string, file: PageFile, here: Owner): void {
  const meta = { get: (key: Buffer) => textIn(file, key) };
  let fault: PageFault | undefined;
  try {
    assertSealed(folder, file);
    assertFormat(folder, meta);
    assertNoOwner(folder, meta, here);
    checkPages(file);
  } catch (error) {
    if (!(error instanceof PageFault)) throw error;
    fault = error;
  }
  if (fault === undefined) return;
  lookForOwner(folder, file, here);
  throw fault;
}

/** A look takes well under a millisecond, so a writer that never rests is met between two writes. */
const LOOKS_MAX = 2_000;

/**
 * What looks like damage may be the writes of somebody who has the folder: pages are used again and the
 * file grows under whoever reads beside them. Damage stands still, so the owner's record is looked for
 * until nothing was written during a look.
 */
function lookForOwner(folder: string, file: PageFile, here: Owner): void {
  const meta = { get: (key: Buffer) => textIn(file, key) };
  let before = file.stamp();
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    try {
      assertNoOwner(folder, meta, here);
    } catch (error) {
      if (error instanceof FolderInUse) throw error;
    }
    const now = file.stamp();
    if (now === before) return;
    before = now;
  }
}

/** Format 1 had no checksums, so nothing of it can be read. */
function assertSealed(folder: string, file: PageFile): void {
  if (findEntry(file, META, FORMAT_KEY)?.toString() === '1') throw otherFormat(folder, '1');
}

function textIn(file: PageFile, key: Buffer): string | undefined {
  const stored = findEntry(file, META, key);
  return stored === undefined ? undefined : unseal(key, stored).toString();
}

/**
 * Checks format and owner and writes both; inside a write transaction. Throws
 * {@link FolderUnusable} for a format of another version and {@link FolderInUse} for a living owner.
 */
export function takeOwnership(folder: string, meta: SealedTexts, here: Owner): void {
  if (meta.get(FORMAT_KEY) === undefined) meta.putSync(FORMAT_KEY, FORMAT);
  assertFormat(folder, meta);
  assertNoOwner(folder, meta, here);
  meta.putSync(OWNER_KEY, JSON.stringify(here));
}

/** From here on the folder is for builds that know of logs which were cut; inside a write transaction. */
export function noteCut(meta: SealedTexts): void {
  if (meta.get(FORMAT_KEY) !== CUT_FORMAT) meta.putSync(FORMAT_KEY, CUT_FORMAT);
}

type Readable = Pick<SealedTexts, 'get'>;

function assertFormat(folder: string, meta: Readable): void {
  const format = meta.get(FORMAT_KEY);
  if (format === undefined || FORMATS.includes(format)) return;
  throw otherFormat(folder, format);
}

const otherFormat = (folder: string, format: string): FolderUnusable =>
  new FolderUnusable(
    `${folder} has format ${format}, this version reads formats ${FORMATS.join(' and ')}: run the version that wrote it, or choose another folder`,
  );

function assertNoOwner(folder: string, meta: Readable, here: Owner): void {
  const text = meta.get(OWNER_KEY);
  if (text === undefined) return;
  const recorded = JSON.parse(text) as Owner;
  if (isAlive(recorded, here)) throw new FolderInUse(folder, recorded.pid);
}
