import { openRedisStore, type RedisStore } from '@refold/redis';
import { freshSlot, writesOf } from '@refold/test-kit';
import type { Read } from '@refold/pipeline';
import { until } from './until.js';

/** The processes that use the store. */
export type StoreRole = 'ingest' | 'projector' | 'read' | 'operations';

/** How a right is needed by what is read: receipts by the door, lists by whoever reads them. */
const LISTS: readonly Read[] = [
  { kind: 'get', name: 'text' },
  { kind: 'list', name: 'list' },
  { kind: 'field', name: 'hash', field: 'f' },
  { kind: 'fields', name: 'hash' },
  { kind: 'ranked', name: 'index', before: { score: 9, member: 'm' }, limit: 1 },
];

const READS: Record<StoreRole, readonly Read[]> = {
  ingest: [
    { kind: 'get', name: 'text' },
    { kind: 'list', name: 'list' },
    { kind: 'field', name: 'hash', field: 'f' },
  ],
  projector: LISTS,
  read: LISTS,
  operations: LISTS,
};

/** How long a step that waits for a right is given, milliseconds. It is refused at once. */
const REFUSED_MS = 10_000;

/**
 * Everything that a role does at the store, as that user. Returns what was refused, in words; a step that
 * is refused ends it.
 */
export async function refusalsAtStore(
  role: StoreRole,
  url: string,
  login: { username: string; password: string },
): Promise<string[]> {
  const told: string[] = [];
  const store = await openRedisStore({
    url,
    ...login,
    namespace: 'refold',
    logger: (level, message, fields) => {
      if (level !== 'info') told.push(`${message} ${JSON.stringify(fields)}`);
    },
  });
  const steps = work(role, store);
  try {
    for (const step of steps) {
      const done = step().catch((error: unknown) => void told.push(String(error)));
      const refused = until(
        () => 'a step ends, or is refused',
        () => told.length > 0,
        REFUSED_MS,
      );
      refused.catch(() => undefined);
      await Promise.race([done, refused]);
      if (told.length > 0) break;
    }
  } finally {
    await store.close();
  }
  return told;
}

function work(role: StoreRole, store: RedisStore): (() => Promise<void>)[] {
  const slot = freshSlot();
  const well = async (faults: Promise<unknown>): Promise<void> => {
    const found = await faults;
    if (Array.isArray(found) ? found.length > 0 : found !== null) throw new Error(String(found));
  };
  const read = async (): Promise<void> => {
    await store.read(slot, [{ kind: 'get', name: 'text' }]);
    await store.read(slot, READS[role]);
  };
  const listen = async (): Promise<void> => {
    const stop = await store.listen('reply', {
      message: () => undefined,
      resumed: () => undefined,
    });
    await stop();
  };
  const shared = async (): Promise<void> => {
    await store.use(`token-${slot.projection}`, Date.now() + 60_000);
    await store.spend(new Map([['a', 1]]));
  };
  const commit = async (): Promise<void> => {
    const writes = writesOf({
      set: [['text', 'v']],
      push: [['list', 'v']],
      putField: [['hash', 'f', 'v']],
      rank: [['index', 'm', 1]],
      count: [['c', 1]],
    });
    await store.commit(slot, null, 'c1', writes, [{ channel: 'wake', message: '0:1' }]);
    const again = writesOf({
      dropField: [['hash', 'f']],
      unrank: [['index', 'm']],
      remove: ['list'],
    });
    await store.commit(slot, 'c1', 'c2', again, [{ channel: 'wake', message: '0:2' }]);
  };
  const ask = (): Promise<void> => well(store.ping());
  const check = (): Promise<void> => well(store.check());
  const pin = async (): Promise<void> => {
    await store.pin('runs', 'partitions', '4');
  };
  switch (role) {
    case 'ingest':
      return [ask, read, listen, shared];
    case 'projector':
      return [ask, check, pin, commit, read, listen];
    case 'operations':
    case 'read':
      return [ask, check, pin, read, listen, shared];
  }
}
