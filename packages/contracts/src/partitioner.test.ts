import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from './partitioner.js';

/** Read back from a broker: where Kafka's Java client put these keys on a topic of 8 partitions. */
const JAVA_CLIENT: [key: string, partition: number][] = [
  ['run-0000', 5],
  ['run-0001', 5],
  ['run-0002', 7],
  ['run-0003', 3],
  ['run-0004', 5],
  ['run-0005', 1],
  ['01JD8Y3K7Q2W5E9RTYUIOPASDF', 3],
  ['01JD8Y3K7Q2W5E9RTYUIOPASDG', 1],
  ['550e8400-e29b-41d4-a716-446655440000', 7],
  ['9b2d3c1e-7f7a-4a3e-8a19-2f6d1c9e0b44', 4],
  ['tenant-a/run-1', 0],
  ['tenant-a/run-2', 4],
  ['run:alpha', 2],
  ['run:omega', 5],
  ['a', 4],
  ['ab', 2],
  ['abc', 3],
  ['abcd', 4],
  ['läufer-ü-7', 0],
  ['ラン-42', 0],
];

describe('partitionOf', () => {
  it.each(JAVA_CLIENT)('puts %s where the Java client put it', (key, partition) => {
    expect(partitionOf(key, 8)).toBe(partition);
  });

  it('is no constant: one more partition moves keys', () => {
    const moved = JAVA_CLIENT.filter(([key, partition]) => partitionOf(key, 9) !== partition);
    expect(moved.length).toBeGreaterThan(10);
  });
});

describe('a key of any length', () => {
  it.each([1, 341, 342, 1_000])('of %i characters goes where its bytes say', (length) => {
    for (const unit of ['x', 'ü', 'ラ']) {
      const key = unit.repeat(length);
      const expected = (murmur2(new TextEncoder().encode(key)) & 0x7fffffff) % 97;
      expect(partitionOf(key, 97)).toBe(expected);
    }
  });
});

describe('murmur2', () => {
  it('agrees with the vectors of the Java client', () => {
    const of = (text: string) => murmur2(new TextEncoder().encode(text));
    expect(of('21')).toBe(-973932308);
    expect(of('foobar')).toBe(-790332482);
    expect(of('a-little-bit-long-string')).toBe(-985981536);
    expect(of('a-little-bit-longer-string')).toBe(-1486304829);
    expect(of('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8')).toBe(-58897971);
    expect(of('abc')).toBe(479470107);
  });
});
