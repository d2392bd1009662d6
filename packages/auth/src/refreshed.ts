/** How a value is kept up to date. Times are milliseconds. */
export interface RefreshOptions<Value> {
  /** Loads it anew; may return the value it had, when nothing changed. */
  load: (previous: Value | null) => Promise<Value>;
  /** Age up to which it is used without a look. */
  freshMs: number;
  /** Age up to which it is used while it cannot be loaded. */
  staleMsMax: number;
  /** Least time between two attempts, whoever asks. */
  coolDownMs: number;
  nowMs: () => number;
  /** Called when loading failed. */
  trouble: (error: unknown) => void;
}

/** A value that is loaded again when it is old, or when somebody misses something in it. */
export interface Refreshed<Value> {
  /** Grows with every other value. */
  readonly generation: number;
  /** At once while it is fresh. @throws when there is none, or none that is young enough. */
  get(): Value | Promise<Value>;
  /** Loads it again if the last attempt is long enough ago, and gives what there is then. */
  again(): Promise<Value>;
}

/** A {@link Refreshed} that has nothing yet. One attempt at a time; everybody waits for that one. */
export function createRefreshed<Value>(options: RefreshOptions<Value>): Refreshed<Value> {
  const { load, nowMs, trouble } = options;
  let held: { value: Value; loadedAt: number } | null = null;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | null = null;
  let generation = 0;
  let lastError: unknown = new Error('nothing has been loaded yet');

  async function attempt(): Promise<void> {
    attemptedAt = nowMs();
    try {
      const value = await load(held?.value ?? null);
      if (held?.value !== value) generation += 1;
      held = { value, loadedAt: nowMs() };
    } catch (error) {
      lastError = error;
      trouble(error);
    } finally {
      pending = null;
    }
  }

  const usable = (): Value => {
    if (held !== null && nowMs() - held.loadedAt <= options.staleMsMax) return held.value;
    throw lastError;
  };

  async function loaded(): Promise<Value> {
    const isCool = nowMs() - attemptedAt >= options.coolDownMs;
    if (pending === null && isCool) pending = attempt();
    await pending;
    return usable();
  }

  return {
    get generation() {
      return generation;
    },
    get() {
      if (held !== null && nowMs() - held.loadedAt <= options.freshMs) return held.value;
      return loaded();
    },
    again: loaded,
  };
}
