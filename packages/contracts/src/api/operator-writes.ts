import type { z } from 'zod';
import type { ProblemCode } from '../problems.js';
import { dryRunReply, operationWithPlanReply } from '../replies/operation-replies.js';
import {
  decideOperationRequest,
  executeOperationRequest,
  planOperationRequest,
} from '../requests/operation-requests.js';
import type { Operation } from './operation.js';
import { operationIdParameter } from './path-parameters.js';
import { createdHeaders, writtenHeaders } from './reply-headers.js';
import { writeOperation } from './write-operation.js';

/** A step of an operation that is there. */
const step = (
  row: Pick<Operation, 'id' | 'path' | 'summary' | 'description'>,
  schema: z.ZodType,
  problems: readonly ProblemCode[] = [],
): Operation => {
  const operation = writeOperation({
    ...row,
    group: 'operations',
    pathParameters: operationIdParameter,
    body: { required: false, content: { 'application/json': { schema } } },
    replies: {
      200: {
        description: 'The operation as it is after this step.',
        content: { 'application/json': { schema: operationWithPlanReply } },
        headers: writtenHeaders,
      },
    },
  });
  return operated(operation, problems);
};

const operated = (operation: Operation, problems: readonly ProblemCode[]): Operation => ({
  ...operation,
  part: 'operate',
  scopes: ['operate'],
  problems: [...operation.problems, 'store_unavailable', 'catching_up', ...problems],
});

/** What operators ask for. */
export const operatorWrites: readonly Operation[] = [
  operated(
    writeOperation({
      id: 'planOperation',
      path: '/internal/v1/operations',
      group: 'operations',
      summary: 'Plan an operation',
      description:
        'Reads the log and the read models, and says what would be done. Nothing is done before the operation is executed; with `dry_run` nothing is recorded either.',
      body: {
        required: true,
        content: { 'application/json': { schema: planOperationRequest } },
      },
      replies: {
        200: {
          description: 'The plan of a dry run.',
          content: { 'application/json': { schema: dryRunReply } },
        },
        201: {
          description: 'The operation is planned, now or since an earlier request.',
          content: { 'application/json': { schema: operationWithPlanReply } },
          headers: createdHeaders,
        },
      },
    }),
    ['plan_refused', 'already_republished'],
  ),
  step(
    {
      id: 'approveOperation',
      path: '/internal/v1/operations/{operation_id}/approve',
      summary: 'Approve an operation of somebody else',
      description: 'Where the installation asks for it, an operation is executed only after this.',
    },
    decideOperationRequest,
  ),
  step(
    {
      id: 'executeOperation',
      path: '/internal/v1/operations/{operation_id}/execute',
      summary: 'Carry out the plan of an operation',
      description:
        'Carries out that very plan, or says what has changed since. Two operations on the same partitions do not run at once.',
    },
    executeOperationRequest,
    ['plan_outdated', 'plan_refused', 'operation_in_progress'],
  ),
  step(
    {
      id: 'cancelOperation',
      path: '/internal/v1/operations/{operation_id}/cancel',
      summary: 'Cancel an operation',
      description: 'Streams that were replaced by then stay replaced.',
    },
    decideOperationRequest,
  ),
];
