import { expect, test, vi } from 'vitest';
import { calmRequestQueues, commitOnce } from './client-mends.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

test('an idle connection sets no timer, a throttled one with something pending does', async () => {
  calmRequestQueues();
  const { default: RequestQueue } = (await import(
    // @ts-expect-error kafkajs has no types for its inside
    'kafkajs/src/network/requestQueue/index.js'
  )) as { default: new (options: object) => Queue };
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation(() => ({}) as never);
  const queue = new RequestQueue({ requestTimeout: 1_000, logger: { debug: () => {} } });
  queue.scheduleCheckPendingRequests();
  expect(timers).not.toHaveBeenCalled();
  queue.pending.push({});
  queue.throttledUntil = Date.now() + 500;
  queue.scheduleCheckPendingRequests();
  expect(timers).toHaveBeenCalledOnce();
  expect(timers.mock.calls[0]?.[1]).toBeGreaterThan(400);
  timers.mockRestore();
});

interface Runner {
  commitOffsets(offsets: unknown): Promise<void>;
}

/** A runner of kafkajs whose group refuses every commit. */
async function refusedRunner() {
  commitOnce();
  const { default: KafkaRunner } = (await import(
    // @ts-expect-error kafkajs has no types for its inside
    'kafkajs/src/consumer/runner.js'
  )) as { default: { prototype: Runner } };
  const commitOffsets = vi.fn(async () => {
    throw new Error('the connection is lost');
  });
  const runner = Object.create(KafkaRunner.prototype) as Runner & { running: boolean };
  Object.assign(runner, { running: true, consumerGroup: { commitOffsets } });
  return { runner, commitOffsets };
}

test('a commit that fails is told at once, and not tried again as another member', async () => {
  const { runner, commitOffsets } = await refusedRunner();
  await expect(runner.commitOffsets({})).rejects.toThrow('the connection is lost');
  expect(commitOffsets).toHaveBeenCalledOnce();
});

test('a commit of who is no member is refused, not left out', async () => {
  const { runner, commitOffsets } = await refusedRunner();
  runner.running = false;
  await expect(runner.commitOffsets({})).rejects.toThrow('not a member');
  expect(commitOffsets).not.toHaveBeenCalled();
});
