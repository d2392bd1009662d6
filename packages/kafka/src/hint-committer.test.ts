import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CommittedOffset } from './group-membership.js';
import { HintCommitter } from './hint-committer.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function committer(commit: (offsets: CommittedOffset[]) => Promise<void>) {
  const log = vi.fn();
  return { hints: new HintCommitter({ commit }, log), log };
}

test('the last hint of each partition is committed once a second, with the tag', async () => {
  const commit = vi.fn(async () => {});
  const { hints } = committer(commit);
  hints.add('t', 0, 5, '');
  hints.add('t', 0, 6, '');
  hints.add('t', 1, 9, '');
  await vi.advanceTimersByTimeAsync(999);
  expect(commit).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(commit.mock.calls).toEqual([
    [
      [
        { topic: 't', partition: 0, offset: '6', metadata: 'refold/1' },
        { topic: 't', partition: 1, offset: '9', metadata: 'refold/1' },
      ],
    ],
  ]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(commit).toHaveBeenCalledOnce();
});

test('a lost partition is not committed any more', async () => {
  const commit = vi.fn(async () => {});
  const { hints } = committer(commit);
  hints.add('t', 0, 5, '');
  hints.drop('t', 0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(commit).not.toHaveBeenCalled();
});

test('nor is one that is lost while it waits for the commit before it', async () => {
  const ends: (() => void)[] = [];
  const commit = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
  const { hints } = committer(commit);
  hints.add('t', 0, 5, '');
  await vi.advanceTimersByTimeAsync(1_000);
  hints.add('t', 0, 6, '');
  await vi.advanceTimersByTimeAsync(1_000);
  let held = true;
  const asked = hints.commit('t', 1, 7, '', () => held);
  hints.drop('t', 0);
  held = false;
  ends[0]?.();
  await expect(asked).rejects.toThrow('t/1 was lost');
  expect(commit).toHaveBeenCalledOnce();
});

test('a refused commit is logged, and the next one is tried', async () => {
  const commit = vi.fn(async () => {});
  commit.mockRejectedValueOnce(new Error('rebalancing'));
  const { hints, log } = committer(commit);
  hints.add('t', 0, 5, '');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(log).toHaveBeenCalledWith('info', expect.any(String), {
    partitions: 1,
    error: 'rebalancing',
  });
  hints.add('t', 0, 6, '');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(commit).toHaveBeenCalledTimes(2);
});

test('closing commits what is left and waits for it no longer than a second', async () => {
  const { hints } = committer(() => new Promise(() => {}));
  hints.add('t', 0, 5, '');
  const closed = hints.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await closed;
});

test('a commit goes out at once with its note, and no earlier hint comes after it', async () => {
  const commit = vi.fn(async (_offsets: CommittedOffset[]) => {});
  const { hints } = committer(commit);
  hints.add('t', 0, 5, '');
  await hints.commit('t', 0, 6, 'pending o 2', () => true);
  await vi.advanceTimersByTimeAsync(2_000);
  const metadata = 'refold/1 pending o 2';
  expect(commit.mock.calls).toEqual([[[{ topic: 't', partition: 0, offset: '6', metadata }]]]);
});

test('a commit that is refused is told to who asked for it, and the next hint goes out', async () => {
  const commit = vi.fn(async () => {});
  commit.mockRejectedValueOnce(new Error('rebalancing'));
  const { hints } = committer(commit);
  await expect(hints.commit('t', 0, 6, '', () => true)).rejects.toThrow('rebalancing');
  hints.add('t', 0, 7, '');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(commit).toHaveBeenCalledTimes(2);
});
