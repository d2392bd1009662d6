import { operationListReply, operationWithPlanReply } from '../replies/operation-replies.js';
import { diffReply, generationsReply } from '../replies/generation-replies.js';
import {
  diffQuery,
  generationParameters,
  projectionParameter,
} from '../requests/generation-requests.js';
import { listOperationsQuery, readOperationQuery } from '../requests/operation-requests.js';
import type { Operation } from './operation.js';
import { operationIdParameter } from './path-parameters.js';
import { jsonReply, readOperation } from './read-operation.js';
import { momentaryHeaders } from './reply-headers.js';

const operatorRead = (row: Parameters<typeof readOperation>[0]): Operation => ({
  ...readOperation({ ...row, scopes: ['operate', 'read'] }),
  part: 'operate',
});

/** Reads of what operators did; a bound credential has none of them. */
export const operatorReads: readonly Operation[] = [
  operatorRead({
    id: 'listOperations',
    path: '/internal/v1/operations',
    group: 'operations',
    summary: 'List operations, newest first',
    query: listOperationsQuery,
    replies: { 200: jsonReply('A page of operations.', operationListReply) },
  }),
  operatorRead({
    id: 'getOperation',
    path: '/internal/v1/operations/{operation_id}',
    group: 'operations',
    summary: 'Read an operation, its plan and how far it is',
    pathParameters: operationIdParameter,
    query: readOperationQuery,
    replies: { 200: jsonReply('The operation.', operationWithPlanReply) },
    problems: ['not_found'],
  }),
  operatorRead({
    id: 'listGenerations',
    path: '/internal/v1/projections/{projection}/generations',
    group: 'operations',
    summary: 'Read which generations a projection has, and which of them is live',
    pathParameters: projectionParameter,
    query: null,
    replies: {
      200: { ...jsonReply('All of them.', generationsReply), headers: momentaryHeaders },
    },
  }),
  operatorRead({
    id: 'diffGeneration',
    path: '/internal/v1/projections/{projection}/generations/{generation}/diff',
    group: 'operations',
    summary: 'Compare a generation with the live one',
    description:
      'Every stream is compared: documents, places in indexes and verdicts, and the counters of each partition. `digest` names the kinds of differences; a swap needs it to accept them.',
    pathParameters: generationParameters,
    query: diffQuery,
    replies: {
      200: { ...jsonReply('What differs.', diffReply), headers: momentaryHeaders },
    },
    problems: ['not_found'],
  }),
];
