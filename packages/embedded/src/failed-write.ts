import { StorageFull } from './errors.js';

/** What LMDB and the system call "no room": EFBIG, ENOSPC, EDQUOT, MDB_MAP_FULL. */
const NO_ROOM = new Set<unknown>([27, 28, 122, -30792, 'EFBIG', 'ENOSPC', 'EDQUOT']);

/** What LMDB answers when a write was cut short, which is how the disk filling up begins. */
const CUT_SHORT = new Set<unknown>([5, 'EIO']);

/** What made a write fail. A failed commit hides its cause in a promise beside the error. */
export async function causeOf(folder: string, error: unknown): Promise<unknown> {
  const hidden = (error as { commitError?: Promise<unknown> }).commitError;
  const cause = hidden === undefined ? error : await hidden.catch((why: unknown) => why);
  const { code, message } = cause as { code?: unknown; message?: string };
  if (NO_ROOM.has(code)) {
    const advice = 'nothing was stored; free space on its disk and try again';
    return new StorageFull(`${folder} has no room (${message}): ${advice}`, { cause });
  }
  if (CUT_SHORT.has(code)) {
    const advice = 'its disk is full or fails; free space, or see what the system logged';
    return new StorageFull(`${folder} could not be written (${message}): ${advice}`, { cause });
  }
  return cause;
}
