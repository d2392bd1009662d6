import { describe, expect, it } from 'vitest';
import { sharedAnswer } from './shared-answer.js';

/** An answer that is given when the test says so, and counts how often it was asked for. */
function asked() {
  const clock = { ms: 0 };
  const waiting: { resolve: (answer: number) => void; reject: (error: Error) => void }[] = [];
  const ask = () =>
    new Promise<number>((resolve, reject) => {
      waiting.push({ resolve, reject });
    });
  return { clock, waiting, shared: sharedAnswer(ask, 250, () => clock.ms) };
}

describe('a shared answer', () => {
  it('is awaited by all together, however long it takes', async () => {
    const { clock, waiting, shared } = asked();
    const first = shared();
    clock.ms += 10_000;
    const second = shared();
    expect(waiting).toHaveLength(1);
    waiting[0]?.resolve(7);
    expect(await Promise.all([first, second])).toEqual([7, 7]);
  });

  it('is good for its time, and then asked for again', async () => {
    const { clock, waiting, shared } = asked();
    const first = shared();
    waiting[0]?.resolve(1);
    await first;
    clock.ms += 249;
    expect(await shared()).toBe(1);
    clock.ms += 1;
    const next = shared();
    waiting[1]?.resolve(2);
    expect(await next).toBe(2);
    expect(waiting).toHaveLength(2);
  });

  it('that failed is asked for again at once', async () => {
    const { waiting, shared } = asked();
    const first = shared();
    waiting[0]?.reject(new Error('no answer'));
    await expect(first).rejects.toThrow('no answer');
    const next = shared();
    waiting[1]?.resolve(2);
    expect(await next).toBe(2);
  });
});
