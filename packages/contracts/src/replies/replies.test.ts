import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as contracts from '../index.js';

const schemas = Object.entries(contracts).filter(
  (entry): entry is [string, z.ZodType] =>
    /(Reply|Snapshot|Line)$/.test(entry[0]) && entry[1] instanceof z.ZodType,
);

describe('replies', () => {
  it.each(schemas)('%s can be shown as JSON Schema', (_name, schema) => {
    expect(z.toJSONSchema(schema)).toBeTypeOf('object');
  });

  it('are more than a handful', () => expect(schemas.length).toBeGreaterThan(12));
});

describe('the end of a replay', () => {
  it.each([
    ['succeeded', 'success', 1],
    ['failed', 'failure', 0],
    ['canceled', 'cancelled', 0],
    ['running', 'success', 0.5],
  ])('of a %s run is %s', (status, end, confidence) => {
    expect(contracts.replayEndOf(status)).toEqual({ status: end, confidence });
  });
});
