import { describe, expect, it, vi } from 'vitest';
import { createRateLedger, type RateShare } from './rate-ledger.js';

/** A clock that stands still, and timers that are due when it passes them. */
function heldTiming() {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; call: () => void }>();
  return {
    now: () => nowMs,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
    tick: () => Promise.resolve(),
    after(ms: number, call: () => void) {
      const timer = { atMs: nowMs + ms, call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async pass(ms: number): Promise<void> {
      nowMs += ms;
      for (const timer of [...timers].filter(({ atMs }) => atMs <= nowMs)) {
        timers.delete(timer);
        timer.call();
      }
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    },
  };
}

/** What Redis keeps: how far ahead of the clock each key is. */
function sharedAccount(now: () => number): RateShare & { away: boolean; told: number } {
  const paid = new Map<string, number>();
  return {
    away: false,
    told: 0,
    async add(spent) {
      if (this.away) throw new Error('away');
      this.told += 1;
      for (const [key, ms] of spent) paid.set(key, Math.max(paid.get(key) ?? 0, now()) + ms);
      return new Map([...spent.keys()].map((key) => [key, (paid.get(key) ?? 0) - now()]));
    },
  };
}

const allowedOf = (take: () => { allowed: boolean }, tries: number): number =>
  Array.from({ length: tries }, take).filter(({ allowed }) => allowed).length;

describe('one instance', () => {
  it.each([1, 3, 7, 10, 1_000])('lets in %i at once and not one more', (max) => {
    const ledger = createRateLedger({ timing: heldTiming() });
    const takes = Array.from({ length: max }, () => ledger.take('k', max, 10_000));
    expect(takes.map(({ allowed }) => allowed)).toEqual(takes.map(() => true));
    expect(takes.map(({ remaining }) => remaining)).toEqual(takes.map((_, n) => max - 1 - n));
    const refused = ledger.take('k', max, 10_000);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.ms).toBeCloseTo(10_000 / max, 3);
  });

  it('lets the next one in after the time that it told, and not before', async () => {
    const timing = heldTiming();
    const ledger = createRateLedger({ timing });
    const take = () => ledger.take('k', 10, 10_000);
    expect(allowedOf(take, 20)).toBe(10);
    await timing.pass(999);
    expect(take().allowed).toBe(false);
    await timing.pass(1);
    expect(take().allowed).toBe(true);
    expect(take().allowed).toBe(false);
    await timing.pass(60_000);
    expect(allowedOf(take, 20)).toBe(10);
  });

  it('counts every key for itself', () => {
    const ledger = createRateLedger({ timing: heldTiming() });
    expect(allowedOf(() => ledger.take('a', 2, 1_000), 5)).toBe(2);
    expect(allowedOf(() => ledger.take('b', 2, 1_000), 5)).toBe(2);
  });

  it('remembers a bounded number of keys', () => {
    const ledger = createRateLedger({ timing: heldTiming() });
    expect(allowedOf(() => ledger.take('first', 1, 1_000), 2)).toBe(1);
    for (let key = 0; key < 20_000; key++) ledger.take(`k${key}`, 1, 1_000);
    expect(ledger.take('first', 1, 1_000).allowed).toBe(true);
    expect(ledger.take('k19999', 1, 1_000).allowed).toBe(false);
  });

  it('goes through its keys once in a window, however many new ones come while it is full', async () => {
    const timing = heldTiming();
    const ledger = createRateLedger({ timing });
    for (let key = 0; key < 20_000; key++) ledger.take(`k${key}`, 1, 1_000);
    const walks = vi.spyOn(Map.prototype as Iterable<unknown>, Symbol.iterator);
    const walksOver = (keys: number, prefix: string): number => {
      walks.mockClear();
      for (let key = 0; key < keys; key++) ledger.take(`${prefix}${key}`, 1, 1_000);
      return walks.mock.contexts.filter((map) => (map as Map<string, unknown>).size >= keys).length;
    };
    try {
      expect(walksOver(500, 'a')).toBe(1);
      await timing.pass(999);
      expect(walksOver(500, 'b')).toBe(0);
      await timing.pass(1);
      expect(walksOver(500, 'c')).toBe(1);
    } finally {
      walks.mockRestore();
    }
    expect(ledger.take('c499', 1, 1_000).allowed, 'the youngest is remembered').toBe(false);
  });

  it('remembers who is ahead rather than who has paid', async () => {
    const timing = heldTiming();
    const ledger = createRateLedger({ timing });
    ledger.take('ahead', 1, 60_000);
    for (let key = 1; key < 20_000; key++) ledger.take(`k${key}`, 1, 1_000);
    await timing.pass(1_000);
    for (let key = 0; key < 19_000; key++) ledger.take(`new${key}`, 1, 1_000);
    expect(ledger.take('ahead', 1, 60_000).allowed).toBe(false);
  });
});

describe('two instances', () => {
  it('let in together what one may, but for the moment between two rounds', async () => {
    const timing = heldTiming();
    const share = sharedAccount(timing.now);
    const ledgers = [createRateLedger({ share, timing }), createRateLedger({ share, timing })];
    let allowed = 0;
    for (let step = 0; step < 1_000; step++) {
      for (const ledger of ledgers) allowed += allowedOf(() => ledger.take('k', 100, 1_000), 5);
      await timing.pass(50);
    }
    // 50 s at 100 a second, and what fits into the window once for each instance.
    expect(allowed).toBeGreaterThan(4_900);
    expect(allowed).toBeLessThan(5_300);
  });

  it('go each by its own account while the shared one is away, tell it once, and come back', async () => {
    const timing = heldTiming();
    const share = sharedAccount(timing.now);
    const told: (string | null)[] = [];
    const ledger = createRateLedger({ share, timing, changed: (reason) => told.push(reason) });
    share.away = true;
    for (let round = 0; round < 5; round++) {
      expect(allowedOf(() => ledger.take('k', 10, 1_000), 30)).toBe(10);
      await timing.pass(1_000);
    }
    expect(told).toEqual(['away']);
    share.away = false;
    ledger.take('k', 10, 1_000);
    await timing.pass(1_000);
    expect(told).toEqual(['away', null]);
    ledger.stop();
  });

  it('are told nothing while nobody asks', async () => {
    const timing = heldTiming();
    const share = sharedAccount(timing.now);
    const ledger = createRateLedger({ share, timing });
    ledger.take('k', 10, 1_000);
    for (let round = 0; round < 10; round++) await timing.pass(1_000);
    expect(share.told).toBe(1);
  });
});
