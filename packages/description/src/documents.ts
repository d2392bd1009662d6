import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';
import { recordSchema } from './record.js';

/** The documents that are checked in, by their path from the root. */
export const publishedDocuments = (): Record<string, unknown> => ({
  'docs/api/openapi.json': openApiDocument({
    parts: ['write', 'read', 'operate', 'description', 'process'],
    authentication: true,
  }),
  'docs/api/record.schema.json': recordSchema(),
  'docs/api/asyncapi.json': asyncApiDocument(),
});

/** A document as it is checked in. */
export const documentText = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;
