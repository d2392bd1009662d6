import { deadLetterListReply } from '../replies/dead-letter-replies.js';
import { driftReply, projectorsReply } from '../replies/projector-replies.js';
import { checkpointReply, runSummaryReply } from '../replies/run-replies.js';
import { driftQuery, listDeadLettersQuery, readQuery } from '../requests/queries.js';
import type { Operation } from './operation.js';
import { runIdParameter } from './path-parameters.js';
import { jsonReply, readOperation } from './read-operation.js';
import { momentaryHeaders } from './reply-headers.js';

/** Reads of how far the log is folded. */
export const projectorReads: readonly Operation[] = [
  readOperation({
    id: 'listProjectors',
    path: '/internal/v1/projectors',
    group: 'projectors',
    summary: 'Read how far every projection is folded',
    description: 'Also while a read model is rebuilt, or while the log does not answer.',
    scopes: ['operate'],
    query: null,
    replies: {
      200: {
        ...jsonReply('Every partition of every projection.', projectorsReply),
        headers: momentaryHeaders,
      },
    },
  }),
  readOperation({
    id: 'listDeadLetters',
    path: '/internal/v1/dead-letters',
    group: 'projectors',
    summary: 'List the records that could not be folded',
    description:
      'By partition, the newest of each first. The last 65,536 of a partition are listed, without their values.',
    scopes: ['operate'],
    query: listDeadLettersQuery,
    replies: {
      200: {
        ...jsonReply('A page of them.', deadLetterListReply),
        headers: momentaryHeaders,
      },
    },
  }),
  readOperation({
    id: 'getDrift',
    path: '/internal/v1/projectors/drift',
    group: 'projectors',
    summary: 'Read at which record a read model stands still',
    description:
      '404 while the stream follows the log. The drift of a worker is told to its owner alone, that of an operation to no bound credential.',
    query: driftQuery,
    replies: { 200: jsonReply('Where it stands still, and why.', driftReply) },
    problems: ['not_found', 'forbidden'],
  }),
  readOperation({
    id: 'getRunCheckpoint',
    path: '/internal/v1/projectors/checkpoints/{run_id}',
    group: 'projectors',
    summary: 'Read how far a run is folded',
    pathParameters: runIdParameter,
    query: readQuery,
    replies: { 200: jsonReply('The checkpoint.', checkpointReply) },
    problems: ['not_found'],
  }),
  readOperation({
    id: 'getRunSummary',
    path: '/internal/v1/projectors/run-summary/{run_id}',
    group: 'projectors',
    summary: 'Read the summary of a run',
    pathParameters: runIdParameter,
    query: readQuery,
    replies: { 200: jsonReply('The summary.', runSummaryReply) },
    problems: ['not_found'],
  }),
];
