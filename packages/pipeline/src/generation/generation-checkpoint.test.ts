import { expect, it } from 'vitest';
import { isNearLive } from './generation-checkpoint.js';

it.each([
  [4_000, null, true],
  [5_000, null, true],
  [3_999, null, false],
  [5_000, { isOver: true }, true],
  [5_000, { isOver: false }, false],
])('a generation at %i of 5,000 that carries %j over is built: %j', (next, carried, isBuilt) => {
  expect(isNearLive({ next }, { next: 5_000 }, carried)).toBe(isBuilt);
});
