import type { Redis } from 'ioredis';
import { parseInfo } from './settings.js';

/**
 * Has a server write its append-only file anew: once after each start, and when it is `suspect`. A file
 * that is written anew holds what is in memory, which is sound. Of Redis 7 two things are known that
 * make a file unsound while memory is well:
 *
 * - A script's writes stand in the file between MULTI and EXEC. When a power cut leaves the beginning of
 *   them, the server starts without them, as it should, but may leave that beginning in the file. The
 *   next start would apply it together with the commit after it: half a commit, twice.
 * - A write that a full disk cut short is taken back at the wrong place when the file had been written
 *   anew before. The next start would refuse the file.
 *
 * Returns whether there is nothing left to do. Rejects when the server does not answer or forbids it.
 */
export async function renewAppendOnlyFile(server: Redis, suspect: boolean): Promise<boolean> {
  const told = parseInfo(await server.info('persistence'));
  const says = (field: string, value: string): boolean => told.get(field) === value;
  if (!says('aof_enabled', '1')) return true;
  const isNew = !says('aof_rewrites', '0') && says('aof_last_bgrewrite_status', 'ok');
  if (isNew && !suspect) return true;
  const isBusy = says('aof_rewrite_in_progress', '1') || says('aof_rewrite_scheduled', '1');
  if (isBusy || !says('aof_last_write_status', 'ok')) return false;
  await server.bgrewriteaof();
  return true;
}
