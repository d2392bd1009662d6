import { expect, it } from 'vitest';
import { isLinear } from './linear-work.js';

const spin = (steps: number): number => {
  let sum = 0;
  for (let n = 0; n < steps; n++) sum = (sum + n * 7) % 1_000_003;
  return sum;
};

it('tells work that grows with its size from work that grows with the square of it', () => {
  expect(isLinear(100_000, (size) => () => void spin(size))).toBe(true);
  expect(isLinear(1_500, (size) => () => void spin(size * size))).toBe(false);
});
