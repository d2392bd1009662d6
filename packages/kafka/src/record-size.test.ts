import { expect, test } from 'vitest';
import { batchBytes } from './record-size.js';
import { encodeBatch } from './record-batch.fixture.js';

/** What the fixture writes for its header of each record, above the one byte of an empty list. */
const HEADER_BYTES = 'name'.length + 'of no interest'.length + 2;

test.each([0, 1, 62, 63, 64, 8_190, 8_191, 8_192, 100_000])(
  'a record of %i bytes is measured at most three bytes too large, never too small',
  (length) => {
    const record = { key: 'run-1', value: 'x'.repeat(length) };
    const written = encodeBatch({ base: 0, records: [record] }).length - HEADER_BYTES;
    expect(batchBytes([record])).toBeGreaterThanOrEqual(written);
    expect(batchBytes([record])).toBeLessThanOrEqual(written + 3);
  },
);

test('many records are measured together, in UTF-8 bytes', () => {
  const records = Array.from({ length: 300 }, () => ({ key: 'ü', value: '✓'.repeat(20) }));
  const written = encodeBatch({ base: 0, records }).length - 300 * HEADER_BYTES;
  expect(batchBytes(records)).toBeGreaterThanOrEqual(written);
  expect(batchBytes(records)).toBeLessThanOrEqual(written + 3 * 300);
});
