import { OPERATIONS, type ApiGroup, type ApiPart } from '@refold/contracts';
import { componentSchemas } from './component-schemas.js';
import type { JsonSchema } from './json-schema.js';
import { operationObject, schemaRef } from './openapi-operation.js';
import { VERSION } from './version.js';

/** Which API is described. */
export interface ApiDescription {
  /** The parts of the server that serves it. */
  parts: readonly ApiPart[];
  /** Whether callers have to say who they are. */
  authentication: boolean;
}

const GROUPS: Readonly<Record<ApiGroup, string>> = {
  runs: 'Runs: their events and what is folded from them.',
  workers: 'Workers: their lifecycle, and how alive they look.',
  receipts: 'What became of events that were answered with 202.',
  projectors: 'How far the log is folded.',
  operations: 'What operators do: plans, and what came of them.',
  description: 'What is served here, for machines and for people.',
  process: 'What a process tells of itself.',
};

const DESCRIPTION = `Refold turns the events of agent runs and workers into read models.

- A write is answered with the verdict on its event: \`201\` with its sequence number, or a problem. Without a verdict in time it is \`202\` with a receipt.
- Every answer carries the position of the log it shows; present it as \`after\`, and no later answer is older.
- Every refusal is a problem document (RFC 9457). Branch on \`code\`. A path without a method answers \`405\` with \`Allow\`; every GET has its HEAD.
- Unknown members of a body or a query are refused. Replies may gain members.`;

const HEADERS = {
  'X-Request-Id': {
    description:
      'The ID of the request, yours if you sent a sane one; the log has it too. Absent where bytes were refused before they were a request.',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds after which a retry makes sense.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
};

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  description: 'A JSON Web Token or an API key. Each operation names the scopes that open it.',
};

/** The named schemas that a document refers to, directly or through others. */
function usedSchemas(document: unknown, schemas: Record<string, JsonSchema>): JsonSchema {
  const prefix = schemaRef('');
  const used = new Set<string>();
  const visit = (text: string): void => {
    for (const [, name = ''] of text.matchAll(new RegExp(`"\\$ref":"${prefix}([^"]+)"`, 'g'))) {
      if (used.has(name)) continue;
      used.add(name);
      visit(JSON.stringify(schemas[name]));
    }
  };
  visit(JSON.stringify(document));
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}

/** The OpenAPI 3.1 document of an API. */
export function openApiDocument({ parts, authentication }: ApiDescription): JsonSchema {
  const rows = OPERATIONS.filter(({ part }) => parts.includes(part));
  const paths: Record<string, JsonSchema> = {};
  for (const row of rows) {
    const item = (paths[row.path] ??= {});
    item[row.method.toLowerCase()] = operationObject(row, authentication);
  }
  const groups = new Set(rows.map(({ group }) => group));
  return {
    openapi: '3.1.1',
    info: {
      title: 'Refold',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...groups].map((name) => ({ name, description: GROUPS[name] })),
    paths,
    components: {
      schemas: usedSchemas([paths, { $ref: schemaRef('Problem') }], componentSchemas(schemaRef)),
      headers: HEADERS,
      ...(authentication ? { securitySchemes: { bearer: BEARER } } : {}),
    },
  };
}
