import { expect, it } from 'vitest';
import { RecentRefusal } from './recent-refusal.js';

it('tells the last refusal for five seconds after it was last met', () => {
  let now = 0;
  const refusal = new RecentRefusal(() => now);
  expect(refusal.reason()).toBeNull();
  refusal.note('first');
  now = 4_000;
  refusal.note('second');
  now = 8_999;
  expect(refusal.reason()).toBe('second');
  now = 9_000;
  expect(refusal.reason()).toBeNull();
});
