import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PAGE = 4_096;
const FILL_TRIES_MAX = 100;

/** Runs a command as root: as it is, or where sudo asks for no password. */
async function asRoot(command: string, ...args: string[]): Promise<void> {
  if (process.getuid?.() === 0) await run(command, args);
  else await run('sudo', ['-n', command, ...args]);
}

/**
 * A file system of its own, in memory, that can be filled to the last page and be given room again.
 * Linux, and the right to mount, are needed.
 */
export class SmallDisk {
  readonly folder: string;
  readonly #bytes: number;

  private constructor(folder: string, bytes: number) {
    this.folder = folder;
    this.#bytes = bytes;
  }

  /** Mounts one with room for `bytes`; null where this process may not. */
  static async mount(bytes: number): Promise<SmallDisk | null> {
    const folder = await mkdtemp(join(tmpdir(), 'refold-disk-'));
    try {
      await asRoot('mount', '-t', 'tmpfs', '-o', `size=${bytes},mode=777`, 'tmpfs', folder);
      return new SmallDisk(folder, bytes);
    } catch {
      await rm(folder, { recursive: true });
      return null;
    }
  }

  /** Takes all room away: the next page that anybody writes meets ENOSPC. */
  async fill(): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { blocks, bfree, bsize } = await statfs(this.folder);
      try {
        await this.#resize(Math.max(PAGE, (blocks - bfree) * bsize));
        return;
      } catch (error) {
        // Somebody wrote in between, and no file system shrinks below what it holds.
        if (tries > FILL_TRIES_MAX) throw error;
      }
    }
  }

  /** Gives the room back. */
  async free(): Promise<void> {
    await this.#resize(this.#bytes);
  }

  /** Unmounts it and removes its folder. Whoever has a file open there must have ended. */
  async unmount(): Promise<void> {
    await asRoot('umount', this.folder);
    await rm(this.folder, { recursive: true });
  }

  async #resize(bytes: number): Promise<void> {
    await asRoot('mount', '-o', `remount,size=${bytes}`, this.folder);
  }
}
