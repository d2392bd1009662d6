import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { addDecimals } from './decimal.js';

describe('addDecimals', () => {
  it.each<[string | number, string | number, string]>([
    [0.1, 0.2, '0.3'],
    ['0', 0, '0'],
    [1e-7, 2e-7, '0.0000003'],
    ['1.10', '0.90', '2'],
    [1e21, 1, '1000000000000000000001'],
    ['999999999999999', 0.000001, '999999999999999.000001'],
    [5e-324, 0, `0.${'0'.repeat(323)}5`],
    ['007.50', '0.5', '8'],
  ])('%s + %s = %s', (a, b, sum) => expect(addDecimals(a, b)).toBe(sum));

  it('is exact where floating point drifts', () => {
    let exact = '0';
    let float = 0;
    for (let i = 0; i < 10_000; i++) {
      exact = addDecimals(exact, 0.1);
      float += 0.1;
    }
    expect(exact).toBe('1000');
    expect(float).not.toBe(1_000);
  });

  it('agrees with integers of any size', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(digits, digits, fc.nat(18), (a, b, scale) => {
        const text = (n: bigint): string => {
          const padded = n.toString().padStart(scale + 1, '0');
          const point = padded.length - scale;
          return scale === 0 ? padded : `${padded.slice(0, point)}.${padded.slice(point)}`;
        };
        const trimmed = text(a + b)
          .replace(/(\..*?)0+$/, '$1')
          .replace(/\.$/, '');
        expect(addDecimals(text(a), text(b))).toBe(trimmed);
      }),
    );
  });
});
