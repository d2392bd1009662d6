import { expect, test } from 'vitest';
import type { BrokerLink } from './broker-link.js';
import { FetchLoop, type FetchEnvironment } from './fetch-loop.js';
import type { LogCursor } from './log-cursor.js';
import { settle } from './options.js';
import type { PartitionFeed } from './partition-feed.js';

/** A loop over feeds whose consumers let records gather for so long; tells when it fetched first. */
async function firstFetchMs(...gatherMs: number[]): Promise<number> {
  const began = performance.now();
  const feeds = gatherMs.map((ms, partition) => {
    const feed = { topic: 't', partition, wanted: 0, fullSince: null, fetchBytes: 1, gatherMs: ms };
    return feed as Partial<PartitionFeed> as PartitionFeed;
  });
  return new Promise((resolve) => {
    const call = (): Promise<never> => {
      resolve(performance.now() - began);
      loop.close();
      return Promise.reject(new Error('the test has seen enough'));
    };
    const env: FetchEnvironment = {
      options: settle({ brokers: ['b:1'], clientId: 't', logger: () => {}, fatal: () => {} }),
      link: { call } as Partial<BrokerLink> as BrokerLink,
      cursor: {} as Partial<LogCursor> as LogCursor,
      feedsOf: () => feeds,
      lost: () => {},
      well: () => {},
    };
    const loop = new FetchLoop(1, env);
  });
}

test('a fetch waits as long as records may gather', async () => {
  expect(await firstFetchMs(60)).toBeGreaterThan(55);
});

test('a fetch waits no longer than the most hurried of its consumers', async () => {
  expect(await firstFetchMs(10_000, 0)).toBeLessThan(5_000);
});
