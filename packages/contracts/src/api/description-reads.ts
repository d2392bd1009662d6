import { z } from 'zod';
import type { ProblemCode } from '../problems.js';
import type { Operation, ReplyDefinition } from './operation.js';
import { conditionalHeaders } from './request-headers.js';

/** Files that the page of the API consists of besides its HTML. */
export const DOCS_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js'] as const;

const CACHED = {
  'Cache-Control': z.literal('no-cache').describe('To be asked for again.'),
  ETag: z.string().describe('Changes with its content.'),
};

/** A GET of something that describes the API. Descriptions hold no data, so anybody may read them. */
const descriptionRead = (
  row: Pick<Operation, 'id' | 'path' | 'summary' | 'pathParameters' | 'replies'>,
  problems: readonly ProblemCode[] = [],
): Operation => ({
  method: 'GET',
  part: 'description',
  group: 'description',
  scopes: [],
  query: null,
  requestHeaders: conditionalHeaders,
  body: null,
  problems: ['too_many_requests', 'overloaded', ...problems],
  ...row,
  replies: {
    ...row.replies,
    304: { description: 'It is as the ETag that was sent.', headers: CACHED },
  },
});

const text = (description: string, ...types: string[]): ReplyDefinition => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, { schema: z.string() }])),
  headers: CACHED,
});

/** What is served of the API about itself. */
export const descriptionReads: readonly Operation[] = [
  descriptionRead({
    id: 'getDescription',
    path: '/internal/v1/openapi.json',
    summary: 'Read this description',
    pathParameters: {},
    replies: {
      200: {
        description: 'An OpenAPI 3.1 document of what this server serves.',
        content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
        headers: CACHED,
      },
    },
  }),
  descriptionRead({
    id: 'getDocs',
    path: '/internal/v1/docs',
    summary: 'Read this description as a page',
    pathParameters: {},
    replies: { 200: text('The page.', 'text/html') },
  }),
  descriptionRead(
    {
      id: 'getDocsFile',
      path: '/internal/v1/docs/{file}',
      summary: 'Read a file of the page',
      pathParameters: { file: z.enum(DOCS_FILES).describe('Name of the file.') },
      replies: { 200: text('The file.', 'text/css', 'text/javascript') },
    },
    ['not_found'],
  ),
];
