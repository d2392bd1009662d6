import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreUnavailable } from '@refold/pipeline';
import type { Listener, ViewStore } from '@refold/pipeline';
import type { Environment } from './environment.js';
import { StorageClosed } from './errors.js';
import { keyOf } from './keys.js';
import { createRoomWaits } from './room-waits.js';
import { readSnapshot } from './view-reads.js';
import { applyCommit } from './view-writes.js';

/**
 * The ViewStore on LMDB. A commit is one transaction, answered once it is on the disk; readers see
 * exactly what is on the disk, so no power cut takes back what an answer showed, and no checkpoint
 * is ever ahead of the log, which shares the environment. Notices stay inside this process and are
 * never lost, so `resumed` is never called. Keys (tag, name and field together) are bounded to
 * 1,978 bytes; a longer one rejects the commit with a RangeError and writes nothing. A commit waits
 * for room on a full disk, until the store is closed; `trouble` hears of it.
 */
export function createViewStore(
  environment: Environment,
  trouble: (what: string) => void,
): ViewStore {
  const room = createRoomWaits(trouble);
  const listeners = new Map<string, Set<Listener>>();

  const notify = (channel: string, message: string): void => {
    for (const listener of listeners.get(channel) ?? []) {
      queueMicrotask(() => listener.message(message));
    }
  };

  return {
    check: async () => [],
    pin(projection, fact, value) {
      const key = keyOf('pin', projection, fact);
      return environment.write(() => {
        const pinned = environment.meta.get(key);
        if (pinned === undefined) environment.meta.putSync(key, value);
        return pinned ?? value;
      });
    },
    async read(slot, reads) {
      // A read does no I/O of its own; without a turn, whoever polls would starve the process.
      await nextTurn();
      return readSnapshot(environment, slot, reads);
    },
    async commit(slot, expected, next, writes, notices) {
      const apply = () => applyCommit(environment, slot, expected, next, writes);
      const outcome = await room
        .retrying(() => environment.write(apply))
        .catch((error: unknown) => {
          if (!(error instanceof StorageClosed)) throw error;
          throw new StoreUnavailable(error.message, { cause: error });
        });
      if (outcome.outcome === 'committed') {
        for (const { channel, message } of notices) notify(channel, message);
      }
      return outcome;
    },
    async listen(channel, listener) {
      const all = listeners.get(channel) ?? new Set();
      listeners.set(channel, all);
      // Its own object, so that one listener may listen twice and stop once.
      const entry: Listener = {
        message: (message) => listener.message(message),
        resumed: () => listener.resumed(),
      };
      all.add(entry);
      return async () => {
        all.delete(entry);
        if (all.size === 0 && listeners.get(channel) === all) listeners.delete(channel);
      };
    },
    async ping() {
      try {
        environment.snapshot(() => undefined);
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    async close() {
      room.close();
      listeners.clear();
    },
  };
}
