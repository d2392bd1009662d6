import { expect, test } from 'vitest';
import type { LogBatch } from '@refold/pipeline';
import { Recorder } from './event-log-recorder.js';

const batch = (from: number, next: number, offsets: number[] = [from]): LogBatch => ({
  topic: 't',
  partition: 0,
  from,
  records: offsets.map((offset) => ({
    offset,
    key: null,
    value: null,
    timestamp: 0,
    leaderEpoch: 0,
  })),
  next,
  end: 10,
});

test('a log that keeps the rules breaches nothing', async () => {
  const recorder = new Recorder();
  await recorder.assigned('t', 0);
  await recorder.batch(batch(0, 2, [0, 1]));
  await recorder.batch(batch(2, 4, [3]));
  await recorder.batch(batch(4, 4, []));
  await recorder.revoked('t', 0);
  await recorder.assigned('t', 0);
  const running = recorder.batch(batch(4, 5));
  await recorder.revoked('t', 0);
  await running;
  await recorder.assigned('t', 0);
  recorder.stopped('t', 0, new Error('cannot be folded'));
  await recorder.revoked('t', 0);
  await recorder.assigned('t', 0);
  expect(recorder.breaches).toEqual([]);
  expect(recorder.idle).toBe(1);
});

const ofTwoEpochs = (): LogBatch => {
  const mixed = batch(0, 2, [0, 1]);
  mixed.records.forEach((record, i) => (record.leaderEpoch = i));
  return mixed;
};

const againWhileBusy = async (recorder: Recorder): Promise<void> => {
  const running = recorder.batch(batch(0, 1));
  await recorder.revoked('t', 0);
  await Promise.all([running, recorder.assigned('t', 0)]);
};

const revokedTwice = async (recorder: Recorder): Promise<void> => {
  await recorder.revoked('t', 0);
  await recorder.revoked('t', 0);
};

const stoppedAfterRevocation = async (recorder: Recorder): Promise<void> => {
  await recorder.revoked('t', 0);
  recorder.stopped('t', 0, new Error('too late'));
};

const assignedWhileStanding = async (recorder: Recorder): Promise<void> => {
  recorder.stopped('t', 0, new Error('cannot be folded'));
  await recorder.assigned('t', 0);
};

const afterRevocation = async (recorder: Recorder): Promise<void> => {
  await recorder.revoked('t', 0);
  await recorder.batch(batch(0, 1));
};

test.each<[string, (recorder: Recorder) => Promise<unknown>, RegExp]>([
  ['skips records', (recorder) => recorder.batch(batch(2, 3)), /from 2, asked for 0/],
  [
    'repeats records',
    async (r) => [await r.batch(batch(0, 2)), await r.batch(batch(0, 2))],
    /from 0, asked for 2/,
  ],
  ['delivers out of order', (r) => r.batch(batch(0, 3, [1, 0])), /offset 0 after 1/],
  ['forgets a record in next', (r) => r.batch(batch(0, 1, [0, 1])), /next 1 below its records/],
  ['passes the end', (r) => r.batch(batch(0, 11)), /past the end/],
  ['overlaps calls', (r) => Promise.all([r.batch(batch(0, 1)), r.batch(batch(0, 1))]), /overlap/],
  ['mixes leader epochs', (r) => r.batch(ofTwoEpochs()), /a batch of 2 leader epochs/],
  ['assigns while a call runs', againWhileBusy, /overlap/],
  ['assigns what stands still', assignedWhileStanding, /assigned twice/],
  ['revokes twice', revokedTwice, /revoked without assignment/],
  ['stops what it revoked', stoppedAfterRevocation, /stopped without assignment/],
  ['assigns twice', (r) => r.assigned('t', 0), /assigned twice/],
  ['delivers after a revocation', afterRevocation, /without assignment/],
])('a log that %s is caught', async (_what, misbehave, breach) => {
  const recorder = new Recorder();
  await recorder.assigned('t', 0);
  await misbehave(recorder);
  expect(recorder.breaches.join('; ')).toMatch(breach);
});
