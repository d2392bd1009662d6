import type { Timing } from '@refold/pipeline';

/**
 * One account for all instances. `add` tells what was spent since it was last told, in milliseconds by
 * key, and answers how far ahead of the clock each key is by now; it rejects when nobody answers.
 */
export interface RateShare {
  add(spent: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>>;
}

/** What one request was told. */
export interface RateTake {
  allowed: boolean;
  /** How many more would be let in now. */
  remaining: number;
  /** Milliseconds: refused, until the next one is let in; else until nothing is spent. */
  ms: number;
}

/** What a ledger is made of. */
export interface RateLedgerPorts {
  /** Absent: this process is the only one. */
  share?: RateShare | undefined;
  timing: Timing;
  /** Called when the account is no longer shared, with the reason, and with null when it is again. */
  changed?: (reason: string | null) => void;
}

/** Who may still ask, and how often. */
export interface RateLedger {
  /** At most `max` at once, and `max` in every `windowMs` from then on. Never waits. */
  take(key: string, max: number, windowMs: number): RateTake;
  stop(): void;
}

/** Keys that are remembered; those that have paid are forgotten first, then the one that was made first. */
const KEYS_MAX = 20_000;

/** How often the account is shared, milliseconds. */
const SHARE_MS = 200;

/** Keys told at once, so that one round stays small. */
const KEYS_TOLD_MAX = 1_000;

interface Account {
  /** When everything that was spent is paid for: the theoretical arrival time of GCRA. */
  paidAtMs: number;
  /** What the others have not been told of, milliseconds. */
  untold: number;
}

/**
 * Every request spends `windowMs / max` milliseconds of its key's time; one that would be further ahead
 * of the clock than the window is refused (GCRA). What was spent is told to the other instances a few
 * times a second, and what they spent is heard: no request waits for that, and while nobody answers each
 * instance goes by its own account. Between two rounds the instances together may let in too many;
 * that is spent all the same, so the rate holds over time.
 */
export function createRateLedger({ share, timing, changed }: RateLedgerPorts): RateLedger {
  const accounts = new Map<string, Account>();
  /** Goes on where it stood: what it has passed is forgotten, so the next one is the oldest that is left. */
  const oldest = accounts.keys();
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  const untold = new Set<string>();
  let cancel: (() => void) | null = null;
  let isShared = true;
  let stopped = false;

  /** Those that owe nothing are as new ones are. All are looked at, so only once in a window: new keys must not cost more when they are many. */
  function forgetPaid(nowMs: number, windowMs: number): void {
    if (nowMs < sweptAtMs + windowMs) return;
    sweptAtMs = nowMs;
    for (const [known, { paidAtMs }] of accounts) if (paidAtMs <= nowMs) accounts.delete(known);
  }

  function open(key: string, nowMs: number, windowMs: number): Account {
    if (accounts.size >= KEYS_MAX) forgetPaid(nowMs, windowMs);
    if (accounts.size >= KEYS_MAX) accounts.delete(oldest.next().value ?? '');
    const account = { paidAtMs: nowMs, untold: 0 };
    accounts.set(key, account);
    return account;
  }

  function toTell(): Map<string, number> {
    const spent = new Map<string, number>();
    for (const key of untold) {
      if (spent.size >= KEYS_TOLD_MAX) break;
      untold.delete(key);
      const account = accounts.get(key);
      if (account === undefined) continue;
      spent.set(key, account.untold);
      account.untold = 0;
    }
    return spent;
  }

  function note(reason: string | null): void {
    if (isShared === (reason === null)) return;
    isShared = reason === null;
    changed?.(reason);
  }

  async function tell(by: RateShare): Promise<void> {
    try {
      const heard = await by.add(toTell());
      const nowMs = timing.now();
      for (const [key, aheadMs] of heard) {
        const account = accounts.get(key);
        if (account === undefined) continue;
        account.paidAtMs = Math.max(account.paidAtMs, nowMs + aheadMs + account.untold);
      }
      note(null);
    } catch (error) {
      note(error instanceof Error ? error.message : String(error));
    }
    cancel = null;
    if (untold.size > 0) tellLater(by);
  }

  function tellLater(by: RateShare): void {
    if (cancel === null && !stopped) cancel = timing.after(SHARE_MS, () => void tell(by));
  }

  return {
    take(key, max, windowMs) {
      const nowMs = timing.now();
      const account = accounts.get(key) ?? open(key, nowMs, windowMs);
      const price = windowMs / max;
      const paidAtMs = Math.max(account.paidAtMs, nowMs) + price;
      const overMs = paidAtMs - nowMs - windowMs;
      // A millionth of a request is the rounding of fractions, not a request too many.
      if (overMs > price / 1_000_000) return { allowed: false, remaining: 0, ms: overMs };
      account.paidAtMs = paidAtMs;
      if (share !== undefined) {
        account.untold += price;
        untold.add(key);
        tellLater(share);
      }
      return {
        allowed: true,
        remaining: Math.max(0, Math.floor(-overMs / price + 1e-6)),
        ms: paidAtMs - nowMs,
      };
    },
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
