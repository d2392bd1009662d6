import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as contracts from '../index.js';

const schemas = Object.entries<unknown>(contracts).flatMap(([name, value]) =>
  /(Reply|Snapshot|Line)$/.test(name) && value instanceof z.ZodType
    ? [{ name, schema: value }]
    : [],
);

describe('replies', () => {
  it.each(schemas)('$name can be shown as JSON Schema', ({ schema }) => {
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
