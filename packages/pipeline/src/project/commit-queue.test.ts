import { describe, expect, it } from 'vitest';
import { CommitQueue } from './commit-queue.js';

describe('CommitQueue', () => {
  it('begins a piece only when the one before has ended, also when that failed', async () => {
    const queue = new CommitQueue();
    const seen: string[] = [];
    let finish = (): void => undefined;
    const first = queue.run(async () => {
      seen.push('first begins');
      await new Promise<void>((resolve) => (finish = resolve));
      seen.push('first fails');
      throw new Error('first');
    });
    const second = queue.run(async () => {
      seen.push('second');
      return 2;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(['first begins']);
    finish();
    await expect(first).rejects.toThrow('first');
    expect(await second).toBe(2);
    expect(seen).toEqual(['first begins', 'first fails', 'second']);
  });
});
