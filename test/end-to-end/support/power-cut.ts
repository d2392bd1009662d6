import type { Random } from '@refold/test-kit';
import type { TracedCall, TracedWrite } from './disk-trace.js';

/** What a disk writes whole or not at all. */
const SECTOR = 512;

/** The content of a sector after a write; `kept`: the disk may have got as far as this. */
interface Version {
  bytes: Buffer;
  durable: boolean;
  write: TracedWrite;
}

type Fate = 'kept' | 'lost' | 'torn';

/** The content of a file as it was before the recorded calls; null when there was none. */
type Base = Buffer | null;

/** Is it on the disk at `cut`, whatever the disk does: written through, or flushed since? */
function isDurable(write: TracedWrite, flushes: readonly TracedCall[], cut: number): boolean {
  if (write.through && write.ended < cut) return true;
  return flushes.some((flush) => flush.began > write.ended && flush.ended < cut);
}

const writesOf = (calls: readonly TracedCall[], path: string): TracedWrite[] =>
  calls.filter((call): call is TracedWrite => call.kind === 'write' && call.path === path);

/** The file after every recorded write: what the system would show, were the power still on. */
export function replayed(base: Base, calls: readonly TracedCall[], path: string): Buffer {
  const writes = writesOf(calls, path);
  const size = Math.max(base?.length ?? 0, ...writes.map(({ at, bytes }) => at + bytes.length));
  const file = Buffer.alloc(size);
  base?.copy(file);
  for (const { at, bytes } of writes) bytes.copy(file, at);
  return file;
}

/** Every content each sector had since it was last surely on the disk, oldest first. */
function versionsOf(
  base: Buffer,
  writes: readonly TracedWrite[],
  isSure: (write: TracedWrite) => boolean,
): Map<number, Version[]> {
  const sectors = new Map<number, Version[]>();
  for (const write of writes) {
    const durable = isSure(write);
    const end = write.at + write.bytes.length;
    for (let sector = Math.floor(write.at / SECTOR); sector * SECTOR < end; sector++) {
      const start = sector * SECTOR;
      const versions = sectors.get(sector) ?? [];
      const bytes = Buffer.alloc(SECTOR);
      (versions.at(-1)?.bytes ?? base.subarray(start, start + SECTOR)).copy(bytes);
      const from = Math.max(start, write.at);
      write.bytes.copy(
        bytes,
        from - start,
        from - write.at,
        Math.min(end, start + SECTOR) - write.at,
      );
      const version = { bytes, durable, write };
      sectors.set(sector, durable ? [version] : [...versions, version]);
    }
  }
  return sectors;
}

/**
 * The file as a disk may hold it when the power fails at `cut`: everything that was flushed or written
 * through, and of every later write nothing, all, or some of its sectors; a disk writes them in any order.
 * Null: the file itself is gone, because its folder was not flushed since it was created.
 */
export function cutFile(
  base: Base,
  calls: readonly TracedCall[],
  path: string,
  cut: number,
  random: Random,
): Buffer | null {
  const before = calls.filter(({ began }) => began < cut);
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (base === null && !isNamed(before, path, folder, cut) && random.chance(0.5)) return null;
  const flushes = before.filter((call) => call.kind === 'flush' && call.path === path);
  const writes = writesOf(before, path);
  const sure = new Map(writes.map((write) => [write, isDurable(write, flushes, cut)]));
  const share = random.pick([0, 0.1, 0.5, 0.9, 1]);
  const fates = new Map<TracedWrite, Fate>();
  for (const write of writes) {
    if (random.chance(0.3)) fates.set(write, 'torn');
    else fates.set(write, random.chance(share) ? 'kept' : 'lost');
  }
  const parts: { at: number; bytes: Buffer }[] = [];
  const sectors = versionsOf(base ?? Buffer.alloc(0), writes, (write) => sure.get(write) === true);
  for (const [sector, versions] of sectors) {
    const got = versions.findLast(({ durable, write }) => {
      const fate = fates.get(write);
      return durable || fate === 'kept' || (fate === 'torn' && random.chance(0.5));
    });
    if (got !== undefined) parts.push({ at: sector * SECTOR, bytes: got.bytes });
  }
  const ends = parts.map(({ at }) => at + SECTOR);
  // The length of a file and its content reach the disk apart: what is between is zero.
  const stretch = random.chance(0.5) ? writes.map(({ at, bytes }) => at + bytes.length) : [];
  const size = [base?.length ?? 0, ...ends, ...stretch].reduce((a, b) => Math.max(a, b), 0);
  const file = Buffer.alloc(size);
  base?.copy(file);
  for (const { at, bytes } of parts) bytes.copy(file, at);
  return file;
}

function isNamed(calls: readonly TracedCall[], path: string, folder: string, cut: number): boolean {
  const created = calls.find((call) => call.kind === 'created' && call.path === path);
  return calls.some(
    (call) =>
      call.kind === 'flush' &&
      call.path === folder &&
      created !== undefined &&
      call.began > created.ended &&
      call.ended < cut,
  );
}
