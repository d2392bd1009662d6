import type { Slot, ViewStore } from '@refold/pipeline';
import { openRedisStore, type RedisStoreOptions } from '@refold/redis';
import { freshSlot, missingBackendFails, redisIsRunnable, writesOf } from '@refold/test-kit';
import { describe } from 'vitest';

/** What a store told its operator, and the store. */
export interface Opened {
  store: ViewStore;
  told: string[];
}

const SHORT_MS = 300;

/** Opens a store that counts a connection as dead after 300 ms, and collects its log lines. */
export async function openStore(
  where: { url: string } | { nodes: { host: string; port: number }[] },
  more: Partial<RedisStoreOptions> = {},
): Promise<Opened> {
  const told: string[] = [];
  const store = await openRedisStore({
    commandTimeoutMs: SHORT_MS,
    logger: (level, message, fields) => told.push(`${level} ${message} ${JSON.stringify(fields)}`),
    ...more,
    ...where,
  });
  return { store, told };
}

/** Where a server on this machine is. */
export const local = (port: number) => ({ url: `redis://127.0.0.1:${port}` });

/** One writer of one slot: each step leaves a trace that shows whether it was applied once. */
export class Steps {
  readonly slot: Slot;
  taken = 0;
  readonly #store: ViewStore;
  #checkpoint: string | null = null;

  constructor(store: ViewStore, slot: Slot = freshSlot()) {
    this.#store = store;
    this.slot = slot;
  }

  /** One commit on top of the last; throws unless it was committed. */
  async take(): Promise<void> {
    const next = `step ${this.taken + 1}`;
    const writes = writesOf({ push: [['steps', next]], count: [['steps', 1]] });
    const outcome = await this.#store.commit(this.slot, this.#checkpoint, next, writes, []);
    if (outcome.outcome !== 'committed') throw new Error(`${next}: ${JSON.stringify(outcome)}`);
    this.#checkpoint = next;
    this.taken += 1;
  }

  /** What stands in the store; equal to {@link expected} when every step was applied exactly once. */
  async found(store: ViewStore = this.#store): Promise<unknown> {
    const { checkpoint, results } = await store.read(this.slot, [
      { kind: 'list', name: 'steps' },
      { kind: 'field', name: 'counters', field: 'steps' },
    ]);
    return { checkpoint, list: results[0], count: results[1] };
  }

  expected(): unknown {
    const list = Array.from({ length: this.taken }, (_, at) => `step ${at + 1}`);
    return { checkpoint: list.at(-1) ?? null, list, count: String(this.taken) };
  }
}

/** Asks until the answer is true; fails after 20 seconds with the given words. */
export async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`waited 20 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A `describe` for tests that stop, freeze or starve a server of their own. */
export function describeWithOwnRedis(name: string, body: () => void): void {
  describe(name, async () => {
    const runnable = await redisIsRunnable();
    const missing = `${name}: install redis-server; these tests start and kill their own`;
    if (!runnable && missingBackendFails()) throw new Error(missing);
    if (!runnable) console.warn(`skipped: ${missing}`);
    describe.skipIf(!runnable)('with a server of its own', body);
  });
}
