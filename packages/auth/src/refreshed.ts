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
  /** How long anybody waits for a new value while the one there is may still be used. */
  patienceMs: number;
  nowMs: () => number;
  /** Called when loading failed. */
  trouble: (error: unknown) => void;
}

/** A value that is loaded again when it is old, or when somebody misses something in it. */
export interface Refreshed<Value> {
  /** Grows with every other value. */
  readonly generation: number;
  /**
   * At once while it is fresh, and after `patienceMs` at the latest while it is not too old.
   * @throws when there is none, or none that is young enough.
   */
  get(): Value | Promise<Value>;
  /** Loads it again if the last attempt is long enough ago, and gives what there is when that ended. */
  again(): Promise<Value>;
  /** Whether it could not be loaded when it was last tried; tries again when it is due. Does not reject. */
  isFailing(): Promise<boolean>;
}

/** Until `work` is done, but at most so long. `work` does not reject. */
function atMost(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** An attempt that is under way. */
interface Attempt {
  done: Promise<void>;
  /** The same for who can do without: begun once, so that later callers do not wait anew. */
  patience: Promise<void>;
}

/** A {@link Refreshed} that has nothing yet. One attempt at a time; everybody waits for that one. */
export function createRefreshed<Value>(options: RefreshOptions<Value>): Refreshed<Value> {
  const { load, nowMs, trouble } = options;
  let held: { value: Value; loadedAt: number } | null = null;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let pending: Attempt | null = null;
  let generation = 0;
  let failing = false;
  let lastError: unknown = new Error('nothing has been loaded yet');

  async function attempt(): Promise<void> {
    attemptedAt = nowMs();
    try {
      const value = await load(held?.value ?? null);
      if (held?.value !== value) generation += 1;
      held = { value, loadedAt: nowMs() };
      failing = false;
    } catch (error) {
      lastError = error;
      failing = true;
      trouble(error);
    } finally {
      pending = null;
    }
  }

  const isAtMost = (ms: number): boolean => held !== null && nowMs() - held.loadedAt <= ms;
  const isFresh = (): boolean => isAtMost(options.freshMs);
  const isUsable = (): boolean => isAtMost(options.staleMsMax);

  const usable = (): Value => {
    if (held !== null && isUsable()) return held.value;
    throw lastError;
  };

  function underWay(): Attempt | null {
    if (pending !== null || nowMs() - attemptedAt < options.coolDownMs) return pending;
    const done = attempt();
    pending = { done, patience: atMost(options.patienceMs, done) };
    return pending;
  }

  async function again(): Promise<Value> {
    await underWay()?.done;
    return usable();
  }

  async function old(): Promise<Value> {
    const attempted = underWay();
    await (isUsable() ? attempted?.patience : attempted?.done);
    return usable();
  }

  return {
    get generation() {
      return generation;
    },
    get() {
      return held !== null && isFresh() ? held.value : old();
    },
    again,
    async isFailing() {
      if (!isFresh()) await underWay()?.patience;
      return failing;
    },
  };
}
