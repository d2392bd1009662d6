import { NothingSent } from '@refold/pipeline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BrokerLink } from './broker-link.js';
import type { LaneChecks } from './lane-checks.js';
import { KafkaLane } from './lane-sender.js';
import { settle } from './options.js';
import type { RawMetadata } from './raw-client.js';

const TOPIC = 't';
/** Leader of each partition; -1: none. */
let leaders: number[];
/** Partitions asked for, by request. */
let produced: number[][];
/** How broker 1 takes a produce request. */
let answers: () => Promise<void>;

const metadata = (): RawMetadata =>
  ({
    brokers: [],
    topicMetadata: [
      {
        topic: TOPIC,
        topicErrorCode: 0,
        partitionMetadata: leaders.map((leader, partitionId) => ({ partitionId, leader })),
      },
    ],
  }) as unknown as RawMetadata;

const sendTo = (lane: KafkaLane, partitions: readonly number[]) =>
  lane.send(
    partitions.map((partition) => ({ topic: TOPIC, partition, key: 'k', value: `${partition}` })),
  );

const misled = vi.fn();
const checks = { check: async () => {} } as unknown as LaneChecks;
const options = settle({ brokers: ['none'], clientId: 'test', logger: () => {}, fatal: () => {} });

beforeEach(() => {
  misled.mockClear();
  leaders = [1, 1];
  produced = [];
  answers = async () => {};
  vi.spyOn(BrokerLink.prototype, 'metadata').mockImplementation(async () => metadata());
  vi.spyOn(BrokerLink.prototype, 'anyBroker').mockReturnValue(1);
  vi.spyOn(BrokerLink.prototype, 'call').mockImplementation(async (broker, call) => {
    if (call.request.apiName !== 'Produce') {
      return { errorCode: 0, producerId: '7', producerEpoch: 0 };
    }
    const asked = leaders.flatMap((leader, partition) => (leader === broker ? [partition] : []));
    produced.push(asked);
    await answers();
    const partitions = asked.map((partition) => ({
      partition,
      errorCode: 0,
      baseOffset: '5',
      logAppendTime: '9',
    }));
    return { topics: [{ topicName: TOPIC, partitions }] };
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

test('a send is acknowledged when every partition is', async () => {
  const lane = await KafkaLane.open(options, checks, misled);
  expect(await sendTo(lane, [1, 0])).toEqual([
    { offset: 5, timestamp: 9 },
    { offset: 5, timestamp: 9 },
  ]);
  expect(misled).not.toHaveBeenCalled();
});

/** Milliseconds until a send to both partitions is rejected, and why it is. */
async function rejection(lane: KafkaLane): Promise<{ ms: number; message: string }> {
  const began = performance.now();
  const error = await sendTo(lane, [0, 1]).then(
    () => new Error('it was acknowledged'),
    (reason: unknown) => reason as Error,
  );
  return { ms: performance.now() - began, message: error.message };
}

test('a partition without a leader holds up the others for about a second', async () => {
  const lane = await KafkaLane.open(options, checks, misled);
  leaders = [1, -1];
  const { ms, message } = await rejection(lane);
  expect(message).toMatch(/no answer in time for t\/1: the outcome is unknown/);
  expect(ms).toBeGreaterThan(900);
  expect(ms).toBeLessThan(5_000);
  expect(produced).toEqual([[0]]);
  expect(misled).toHaveBeenCalledWith(TOPIC);
  await expect(sendTo(lane, [0])).rejects.toThrow('open a new one');
});

test('so does one whose leader does not answer', async () => {
  const lane = await KafkaLane.open(options, checks, misled);
  leaders = [1, 2];
  answers = () => (produced.length === 2 ? new Promise(() => {}) : Promise.resolve());
  const { ms, message } = await rejection(lane);
  expect(message).toMatch(/t\/1: the outcome is unknown/);
  expect(ms).toBeLessThan(5_000);
});

test('one that gets its leader back in that time is acknowledged with the others', async () => {
  const lane = await KafkaLane.open(options, checks, misled);
  leaders = [1, -1];
  const sent = sendTo(lane, [0, 1]);
  await vi.waitFor(() => expect(misled).toHaveBeenCalledTimes(2));
  leaders = [-1, 1];
  expect(await sent).toHaveLength(2);
  expect(produced).toEqual([[0], [1]]);
});

test('while none was acknowledged, all are sent again for as long as a send may take', async () => {
  const lane = await KafkaLane.open(options, checks, misled);
  leaders = [-1, -1];
  const sent = sendTo(lane, [0, 1]);
  // The pauses between these attempts add up to more than the second that others would wait.
  await vi.waitFor(() => expect(misled.mock.calls.length).toBeGreaterThan(10), { timeout: 5_000 });
  leaders = [1, 1];
  expect(await sent).toHaveLength(2);
});

test('a send whose limits cannot be read says that nothing was sent', async () => {
  const unreadable = { check: () => Promise.reject(new Error('no broker answers')) };
  const lane = await KafkaLane.open(options, unreadable as unknown as LaneChecks, misled);
  await expect(sendTo(lane, [0])).rejects.toThrow(NothingSent);
  expect(produced).toEqual([]);
  await lane.close();
});
