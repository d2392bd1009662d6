import { randomUUID } from 'node:crypto';
import type { OneTimeUses } from '@refold/pipeline';
import { expect, it, vi } from 'vitest';

/** Two instances that share one place, and how to end them. */
export interface OneTimeUsesPair {
  instances: readonly [OneTimeUses, OneTimeUses];
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** What every {@link OneTimeUses} owes. `open`: a pair that nobody else uses. */
export function oneTimeUsesSuite(open: () => Promise<OneTimeUsesPair>): void {
  const test = (name: string, body: (pair: OneTimeUsesPair['instances']) => Promise<void>) =>
    it(name, async () => {
      const pair = await open();
      try {
        await body(pair.instances);
      } finally {
        await pair.close();
      }
    });

  test('takes an ID once, whichever instance is asked', async ([one, other]) => {
    const id = randomUUID();
    expect(await one.use(id, Date.now() + HOUR_MS)).toBe(true);
    expect(await one.use(id, Date.now() + HOUR_MS)).toBe(false);
    expect(await other.use(id, Date.now() + HOUR_MS)).toBe(false);
    expect(await other.use(randomUUID(), Date.now() + HOUR_MS)).toBe(true);
  });

  test('takes one of many uses at the same time', async (instances) => {
    for (let round = 0; round < 20; round++) {
      const id = randomUUID();
      const uses = Array.from({ length: 10 }, (_, i) =>
        instances[i % 2 === 0 ? 0 : 1].use(id, Date.now() + HOUR_MS),
      );
      expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
    }
  });

  test('forgets an ID when it lapses, and no other one', async ([one, other]) => {
    const [lasting, lapsing] = [randomUUID(), randomUUID()];
    await one.use(lasting, Date.now() + HOUR_MS);
    await one.use(lapsing, Date.now() + 1_000);
    expect(await other.use(lapsing, Date.now() + 1_000)).toBe(false);
    await vi.waitFor(
      async () => expect(await other.use(lapsing, Date.now() + HOUR_MS)).toBe(true),
      { timeout: 10_000, interval: 100 },
    );
    expect(await one.use(lapsing, Date.now() + HOUR_MS)).toBe(false);
    expect(await one.use(lasting, Date.now() + HOUR_MS)).toBe(false);
  });
}
