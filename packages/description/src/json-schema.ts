import { z } from 'zod';
import { jsonValue } from '@refold/contracts';

/** A JSON Schema of draft 2020-12, as JSON. */
export type JsonSchema = Record<string, unknown>;

/** A reference to a named schema of the document. */
export type RefOf = (name: string) => string;

/** The name of the schema of any JSON value. */
export const JSON_VALUE = 'JsonValue';

/** What a schema is asked for: what may be sent, or what will be received. */
export type Direction = 'input' | 'output';

type Override = NonNullable<z.core.ToJSONSchemaParams['override']>;

/** Numbers of sent JSON that are exact once parsed; see `findJsonFault`. */
const EXACT = { minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

/** Any JSON as data may hold it. */
export const jsonValueSchema = (refOf: RefOf): JsonSchema => ({
  description:
    'Any JSON: at most 64 levels deep, no number beyond 2^53-1 (send larger ones as strings).',
  anyOf: [
    { type: ['null', 'boolean', 'string'] },
    { type: 'number', ...EXACT },
    { type: 'array', items: { $ref: refOf(JSON_VALUE) } },
    { type: 'object', additionalProperties: { $ref: refOf(JSON_VALUE) } },
  ],
});

/** Schemas without a type, which stand for any JSON of data. */
function narrowUnknown(schema: JsonSchema, refOf: RefOf): void {
  const said = Object.keys(schema).filter((member) => !['description', '$ref'].includes(member));
  if (said.length === 0) schema['$ref'] = refOf(JSON_VALUE);
  else delete schema['$ref'];
  if (schema['type'] === 'object' && !('additionalProperties' in schema)) {
    schema['additionalProperties'] = { $ref: refOf(JSON_VALUE) };
  }
}

/** Says what zod leaves open, and leaves out what it says too much. */
const asItIs =
  (direction: Direction, refOf: RefOf): Override =>
  ({ zodSchema, jsonSchema }) => {
    const schema = jsonSchema as JsonSchema;
    const kind = zodSchema._zod.def.type;
    // A number in a query is digits for zod; its bounds say the same, and more.
    if (schema['type'] === 'integer') delete schema['pattern'];
    if (direction === 'output' && schema['format'] === 'date-time') delete schema['pattern'];
    if (direction === 'input' && kind === 'unknown') narrowUnknown(schema, refOf);
    if (direction === 'input' && schema['type'] === 'number') {
      Object.assign(schema, { ...EXACT, ...schema });
    }
    // Members may join a reply.
    if (direction === 'output' && schema['additionalProperties'] === false) {
      delete schema['additionalProperties'];
    }
  };

/** Without what a document says once for all of its schemas. */
const withoutOwn = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).filter(([member]) => member !== '$schema' && member !== '$id'),
  );

/** The schemas by name, which refer to each other by name. */
export function namedSchemas(
  schemas: Readonly<Record<string, z.ZodType>>,
  direction: Direction,
  refOf: RefOf,
): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  registry.add(jsonValue, { id: JSON_VALUE });
  const { schemas: made } = z.toJSONSchema(registry, {
    uri: refOf,
    io: direction,
    override: asItIs(direction, refOf),
  });
  return Object.fromEntries(
    Object.entries(made as Record<string, JsonSchema>).map(([name, schema]) => [
      name,
      name === JSON_VALUE ? jsonValueSchema(refOf) : withoutOwn(schema),
    ]),
  );
}

/** One schema without a name. */
export function inlineSchema(schema: z.ZodType, direction: Direction, refOf: RefOf): JsonSchema {
  const override = asItIs(direction, refOf);
  const made = withoutOwn(z.toJSONSchema(schema, { io: direction, override }));
  if ('$defs' in made) throw new Error('a schema that refers to itself needs a name');
  return made;
}

/** The same without null, for texts of a URL or a header, which cannot be null. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf)) return schema;
  const others = (anyOf as JsonSchema[]).filter(({ type }) => type !== 'null');
  return others.length === 1 ? { ...rest, ...others[0] } : { ...rest, anyOf: others };
}
