import { expect, it } from 'vitest';
import { onceLed } from './once-led.js';

/** As kafkajs throws it: what the broker said is the cause of "number of retries exceeded". */
const thrown = (type: string): Error =>
  new Error('gave up', { cause: Object.assign(new Error(type), { type }) });

/** Fails with these one after the other, then answers. */
function failing(...types: string[]) {
  const call = async (): Promise<string> => {
    call.asked += 1;
    const type = types.shift();
    if (type !== undefined) throw thrown(type);
    return 'done';
  };
  call.asked = 0;
  return call;
}

it('asks again while a topic has no leader', async () => {
  const call = failing('LEADER_NOT_AVAILABLE', 'LEADER_NOT_AVAILABLE');
  expect(await onceLed(call, 60_000)).toBe('done');
  expect(call.asked).toBe(3);
});

it('tells any other reason at once', async () => {
  const call = failing('TOPIC_AUTHORIZATION_FAILED');
  await expect(onceLed(call, 60_000)).rejects.toThrow('gave up');
  expect(call.asked).toBe(1);
});

it('gives up when its time is over', async () => {
  const call = failing(...Array<string>(100).fill('LEADER_NOT_AVAILABLE'));
  await expect(onceLed(call, 100)).rejects.toThrow('gave up');
  expect(call.asked).toBeGreaterThan(1);
  expect(call.asked).toBeLessThan(5);
});
