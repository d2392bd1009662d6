import { expect, it } from 'vitest';
import { indexName, isUnlisted, unlistedOf } from './names.js';

it('an index of a worker that is called so is none of streams that no view lists', () => {
  expect(isUnlisted(indexName(unlistedOf('run')))).toBe(true);
  expect(isUnlisted(indexName('runs/worker/unlisted'))).toBe(false);
  expect(isUnlisted(indexName('runs/tenant/unlisted'))).toBe(false);
});
