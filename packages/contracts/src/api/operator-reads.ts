import { operationListReply, operationWithPlanReply } from '../replies/operation-replies.js';
import { listOperationsQuery, readOperationQuery } from '../requests/operation-requests.js';
import type { Operation } from './operation.js';
import { operationIdParameter } from './path-parameters.js';
import { jsonReply, readOperation } from './read-operation.js';

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
];
