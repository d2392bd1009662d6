import { describe, expect, test } from 'vitest';
import { newParts, type SendPart } from './send-part.js';

const identity = { producerId: 1n, producerEpoch: 0 };
const record = (partition: number, value: string) => ({ topic: 't', partition, key: 'k', value });
const part = (): SendPart => {
  const [only] = newParts([record(0, 'a'), record(0, 'b')], identity, () => 5);
  if (!only) throw new Error('one record makes one part');
  return only;
};
const answer = (errorCode: number, baseOffset = '-1') => ({
  errorCode,
  baseOffset,
  logAppendTime: '99',
});

test('records are parted by partition, in their order, with their places and sequences', () => {
  const records = [record(1, 'a'), record(0, 'b'), record(1, 'c')];
  const parts = newParts(records, identity, (name) => (name === 't/1' ? 40 : 7));
  expect(parts.map(({ name, places, sequence }) => [name, places, sequence])).toEqual([
    ['t/1', [0, 2], 40],
    ['t/0', [1], 7],
  ]);
});

test('an acknowledgement says where the batch landed', () => {
  const sent = part();
  sent.answered(answer(0, '1000'));
  expect(sent.landed).toEqual({ offset: 1_000, timestamp: 99 });
});

test('an acknowledgement without an offset is none', () => {
  const sent = part();
  sent.attempts = 1;
  sent.answered(answer(0, '-1'));
  expect(sent.landed).toBeNull();
  expect(sent.certainlyNotStored).toBe(false);
});

describe('a refusal', () => {
  test('of the first attempt is certain', () => {
    const sent = part();
    sent.attempts = 1;
    sent.answered(answer(10));
    expect(sent.refused).toMatchObject({ reason: 'too_large' });
    expect(sent.certainlyNotStored).toBe(true);
  });

  test('of a later attempt is not: the one before may have been stored', () => {
    const sent = part();
    sent.attempts = 2;
    sent.answered(answer(29));
    expect(sent.refused).toMatchObject({ reason: 'unauthorized' });
    expect(sent.certainlyNotStored).toBe(false);
  });

  test('that speaks of sequences never says that nothing was stored', () => {
    for (const code of [45, 46, 47, 59, 90, 119]) {
      const sent = part();
      sent.attempts = 1;
      sent.answered(answer(code));
      expect(sent.refused).toMatchObject({ reason: null });
      expect(sent.certainlyNotStored).toBe(false);
    }
  });
});

test('passing trouble leaves the part open', () => {
  for (const code of [3, 5, 6, 7, 19, 20]) {
    const sent = part();
    sent.attempts = 1;
    sent.answered(answer(code));
    expect([sent.landed, sent.refused]).toEqual([null, null]);
  }
});
