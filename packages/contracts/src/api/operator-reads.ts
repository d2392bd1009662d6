import { explanationReply } from '../replies/explanation-replies.js';
import { operationListReply, operationWithPlanReply } from '../replies/operation-replies.js';
import {
  explainQuery,
  listOperationsQuery,
  readOperationQuery,
} from '../requests/operation-requests.js';
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
  {
    ...operatorRead({
      id: 'explainStream',
      path: '/internal/v1/explanations',
      group: 'operations',
      summary: 'Read where each record of a stream lies, and what the rules say of it',
      description:
        'In log order, refused records, repetitions and dead letters included. Every page judges the stream once more from the start of its partition on.',
      query: explainQuery,
      replies: {
        200: {
          ...jsonReply('A page of its records.', explanationReply),
          headers: momentaryHeaders,
        },
      },
      problems: ['log_unavailable'],
    }),
    scopes: ['operate'],
  },
];
