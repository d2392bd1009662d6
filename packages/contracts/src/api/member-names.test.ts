import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventCatalogue } from '../events/catalogue.js';
import { problemDocumentSchema } from '../problem-document.js';
import { replayLine } from '../replies/replay-lines.js';
import { OPERATIONS } from './operations.js';

const SNAKE_CASE = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** Every name that a JSON Schema gives to a member, however deep. */
function namesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap(namesIn);
  return Object.entries(schema).flatMap(([keyword, inner]) => {
    const own = keyword === 'properties' ? Object.keys(inner as object) : [];
    return [...own, ...namesIn(inner)];
  });
}

const namesOf = (schema: z.ZodType): string[] =>
  namesIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));

const schemas: [string, z.ZodType][] = [
  ...OPERATIONS.flatMap(({ id, query, body, replies }): [string, z.ZodType][] => [
    ...(query === null ? [] : [[`the query of ${id}`, query] as [string, z.ZodType]]),
    ...[body, ...Object.values(replies)].flatMap((one) =>
      Object.values(one?.content ?? {}).map(({ schema }): [string, z.ZodType] => [id, schema]),
    ),
  ]),
  ...eventCatalogue.map(({ type, schema }): [string, z.ZodType] => [type, schema]),
  ['problems', problemDocumentSchema],
  ['replay lines', replayLine],
];

describe('a name', () => {
  it('is snake_case wherever a reply or a request names a member', () => {
    const strange = schemas.flatMap(([where, schema]) =>
      namesOf(schema)
        .filter((name) => !SNAKE_CASE.test(name))
        .map((name) => `${where}: ${name}`),
    );
    expect(strange).toEqual([]);
    expect(schemas.flatMap(([, schema]) => namesOf(schema)).length).toBeGreaterThan(500);
  });

  it('in another case is noticed, also deep inside', () => {
    const schema = z.object({ fine: z.array(z.object({ runId: z.string() })) });
    expect(namesOf(schema).filter((name) => !SNAKE_CASE.test(name))).toEqual(['runId']);
  });
});
