import type { ProblemCode } from '../problems.js';
import { pendingReply } from '../replies/append-replies.js';
import type { Operation, ReplyDefinition } from './operation.js';
import { pendingHeaders } from './reply-headers.js';
import { writeHeaders } from './request-headers.js';

/** What every write may be refused with: by the door, by the log, by the rules. */
const WRITE_PROBLEMS = [
  'invalid_json',
  'invalid_data',
  'forbidden',
  'not_found',
  'sequence_conflict',
  'idempotency_conflict',
  'invalid_transition',
  'skipped',
  'run_archived',
  'payload_too_large',
  'unsupported_media_type',
  'too_many_requests',
  'outcome_unknown',
  'overloaded',
  'log_unavailable',
] as const satisfies readonly ProblemCode[];

/** No verdict in time, or none was waited for. */
const pending: ReplyDefinition = {
  description:
    'The event is stored and will be judged; the receipt tells the verdict. `parked`: not before an operator mends its stream.',
  content: { 'application/json': { schema: pendingReply } },
  headers: pendingHeaders,
};

/** What single writes fill in. */
type WriteRow = Pick<Operation, 'id' | 'path' | 'group' | 'summary' | 'body' | 'replies'> &
  Partial<Pick<Operation, 'description' | 'pathParameters' | 'requestHeaders'>>;

/** A POST that makes a claim. */
export const writeOperation = (row: WriteRow): Operation => ({
  method: 'POST',
  part: 'write',
  scopes: ['ingest'],
  pathParameters: {},
  query: null,
  requestHeaders: writeHeaders,
  problems: WRITE_PROBLEMS,
  ...row,
  replies: { ...row.replies, 202: pending },
});
