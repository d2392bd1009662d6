import type { z } from 'zod';
import type { ProblemCode } from '../problems.js';
import type { Operation, ReplyDefinition } from './operation.js';
import { readHeaders } from './reply-headers.js';

/** What every read model may be refused with. */
const READ_PROBLEMS = [
  'too_many_requests',
  'overloaded',
  'store_unavailable',
  'catching_up',
] as const satisfies readonly ProblemCode[];

/** A reply of one JSON schema that carries its position. */
export const jsonReply = (description: string, schema: z.ZodType): ReplyDefinition => ({
  description,
  content: { 'application/json': { schema } },
  headers: readHeaders,
});

/** What single reads fill in. */
type ReadRow = Pick<Operation, 'id' | 'path' | 'group' | 'summary' | 'query' | 'replies'> &
  Partial<Pick<Operation, 'description' | 'pathParameters' | 'requestHeaders' | 'scopes'>> & {
    problems?: readonly ProblemCode[];
  };

/** A GET of a read model. Every GET has its HEAD. */
export const readOperation = ({ problems = [], ...row }: ReadRow): Operation => ({
  method: 'GET',
  part: 'read',
  scopes: ['read'],
  pathParameters: {},
  requestHeaders: {},
  body: null,
  problems: [...READ_PROBLEMS, ...problems],
  ...row,
});
