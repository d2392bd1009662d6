import {
  problemOf,
  problemsOf,
  type MediaDefinition,
  type Operation,
  type ProblemCode,
  type ReplyDefinition,
} from '@refold/contracts';
import type { z } from 'zod';
import { nameOfSchema } from './component-schemas.js';
import { parameterExample, type ParameterPlace } from './examples/parameters.js';
import { replyExample } from './examples/reply-example.js';
import { REQUEST_EXAMPLES } from './examples/requests.js';
import { inlineSchema, withoutNull, type Direction, type JsonSchema } from './json-schema.js';

/** Where OpenAPI keeps named schemas. */
export const schemaRef = (name: string): string => `#/components/schemas/${name}`;

const REQUEST_ID = { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } };
const RETRY_AFTER = { 'Retry-After': { $ref: '#/components/headers/Retry-After' } };

const isOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

function schemaOf(schema: z.ZodType, direction: Direction): JsonSchema {
  const name = nameOfSchema(schema);
  return name === undefined
    ? inlineSchema(schema, direction, schemaRef)
    : { $ref: schemaRef(name) };
}

/** The schema of a parameter or a header, and what is said of it beside. */
function membersOf(schema: z.ZodType): { schema: JsonSchema; description?: unknown } {
  const { description, ...made } = withoutNull(inlineSchema(schema, 'input', schemaRef));
  return { ...(description === undefined ? {} : { description }), schema: made };
}

const exampleMember = (example: unknown): JsonSchema => (example === undefined ? {} : { example });

function parametersOf({ id, pathParameters, query, requestHeaders }: Operation): JsonSchema[] {
  const from = (place: ParameterPlace, schemas: Readonly<Record<string, z.ZodType>>) =>
    Object.entries(schemas).map(([name, schema]) => ({
      name,
      in: place,
      ...(place === 'path' || !isOptional(schema) ? { required: true } : {}),
      ...membersOf(schema),
      ...exampleMember(parameterExample(id, place, name)),
    }));
  return [
    ...from('path', pathParameters),
    ...from('query', query?.shape ?? {}),
    ...from('header', requestHeaders),
  ];
}

/** A body in each of its forms. @param exampleOf By media type. */
const contentOf = (
  content: Readonly<Record<string, MediaDefinition>>,
  direction: Direction,
  exampleOf: (type: string) => unknown,
): JsonSchema =>
  Object.fromEntries(
    Object.entries(content).map(([type, { schema }]) => [
      type,
      { schema: schemaOf(schema, direction), ...exampleMember(exampleOf(type)) },
    ]),
  );

function replyOf({ description, content, headers }: ReplyDefinition, example: unknown): JsonSchema {
  const own = Object.entries(headers ?? {}).map(([name, schema]) => [
    name,
    { ...(isOptional(schema) ? {} : { required: true }), ...membersOf(schema) },
  ]);
  return {
    description,
    headers: { ...(Object.fromEntries(own) as JsonSchema), ...REQUEST_ID },
    ...(content === undefined ? {} : { content: contentOf(content, 'output', () => example) }),
  };
}

/** The reply to the problems of one status. */
function problemReplyOf(codes: readonly ProblemCode[]): JsonSchema {
  const waits = codes.some((code) => problemOf(code).retryAfterSeconds !== undefined);
  const narrowed = { type: 'object', properties: { code: { enum: codes } } };
  return {
    description: codes.map((code) => `\`${code}\`: ${problemOf(code).title}.`).join(' '),
    headers: { ...(waits ? RETRY_AFTER : {}), ...REQUEST_ID },
    content: {
      'application/problem+json': { schema: { allOf: [{ $ref: schemaRef('Problem') }, narrowed] } },
    },
  };
}

/** Problems by status, in the order of the catalogue. */
function problemRepliesOf(
  operation: Operation,
  authentication: boolean,
): Record<number, JsonSchema> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(operation, authentication)) {
    const { status } = problemOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, problemReplyOf(codes)]),
  );
}

/** An operation as OpenAPI has it. `authentication`: whether callers have to say who they are. */
export function operationObject(operation: Operation, authentication: boolean): JsonSchema {
  const { id, group, summary, description, scopes, body } = operation;
  const parameters = parametersOf(operation);
  const replies = Object.entries(operation.replies).map(([status, reply]) => [
    status,
    replyOf(reply, replyExample(id, Number(status))),
  ]);
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: contentOf(body.content, 'input', (type) => REQUEST_EXAMPLES[id]?.[type]),
          },
        }),
    responses: {
      ...problemRepliesOf(operation, authentication),
      ...(Object.fromEntries(replies) as JsonSchema),
    },
    ...(authentication ? { security: scopes.map((scope) => ({ bearer: [scope] })) } : {}),
  };
}
