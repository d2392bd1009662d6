import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { covers, formatPosition, parsePosition, POSITION_PARTITIONS_MAX } from './log-position.js';

const positions = fc
  .uniqueArray(fc.tuple(fc.nat(1023), fc.nat({ max: Number.MAX_SAFE_INTEGER })), {
    selector: ([partition]) => partition,
    minLength: 1,
  })
  .map((entries) => new Map(entries));

describe('a position token', () => {
  it('is read as it is written, lowest partition first', () => {
    expect(
      formatPosition(
        new Map([
          [7, 1042],
          [3, 0],
        ]),
      ),
    ).toBe('3:0,7:1042');
    fc.assert(
      fc.property(positions, (position) => {
        expect(parsePosition(formatPosition(position))).toEqual(position);
      }),
    );
  });

  it.each(['', ',', '1', '1:', ':1', '1:2,', '1:2,1:3', '-1:2', '1:-2', '01:2', '1:02', '1: 2'])(
    'refuses "%s"',
    (token) => expect(parsePosition(token)).toBeNull(),
  );

  it('refuses offsets beyond 2^53-1 and too many partitions', () => {
    expect(parsePosition('0:9007199254740991')).not.toBeNull();
    expect(parsePosition('0:9007199254740992')).toBeNull();
    const parts = Array.from({ length: POSITION_PARTITIONS_MAX + 1 }, (_, p) => `${p}:1`);
    expect(parsePosition(parts.join(','))).toBeNull();
    expect(parsePosition(parts.slice(1).join(','))).not.toBeNull();
  });
});

describe('covers', () => {
  it('compares each partition that is wanted', () => {
    const seen = new Map([
      [0, 5],
      [1, 9],
    ]);
    expect(covers(seen, new Map([[0, 5]]))).toBe(true);
    expect(covers(seen, new Map([[0, 6]]))).toBe(false);
    expect(
      covers(
        seen,
        new Map([
          [0, 1],
          [1, 10],
        ]),
      ),
    ).toBe(false);
    expect(covers(seen, new Map([[2, 1]]))).toBe(false);
    expect(covers(seen, new Map([[2, 0]]))).toBe(true);
    expect(covers(new Map(), new Map())).toBe(true);
  });
});
