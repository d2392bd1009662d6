import type { StreamDocument } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { freshnessOf } from './freshness.js';

const document: StreamDocument = {
  state: null,
  views: {},
  first: 0,
  next: 1,
  firstTime: 0,
  incarnation: 0,
  parked: null,
  viewFaults: [],
  transientDays: [],
  carried: null,
};
const parked = { ...document, parked: { offset: 0, time: null, error: 'e', count: 0, last: 0 } };
const position = { partition: 0, next: 1, time: 1_700_000_000_000 };

describe('freshness', () => {
  it.each([
    ['current', document, false],
    ['parked', parked, false],
    ['rebuilding', document, true],
    ['rebuilding', parked, true],
  ])('is %s', (state, read, rebuilding) => {
    expect(freshnessOf({ document: read, position, rebuilding })).toEqual({
      state,
      as_of: '2023-11-14T22:13:20.000Z',
    });
  });
});
