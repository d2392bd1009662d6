import { explanationReply } from '../replies/explanation-replies.js';
import { operationListReply, operationWithPlanReply } from '../replies/operation-replies.js';
import { deadLetterWithValueReply } from '../replies/dead-letter-replies.js';
import { diffReply, generationsReply } from '../replies/generation-replies.js';
import { parkedListReply, parkedReply } from '../replies/parked-replies.js';
import {
  diffQuery,
  generationParameters,
  projectionParameter,
} from '../requests/generation-requests.js';
import {
  letterParameters,
  listParkedQuery,
  parkedParameters,
} from '../requests/parked-requests.js';
import { readQuery } from '../requests/queries.js';
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
  operatorRead({
    id: 'listParked',
    path: '/internal/v1/parked',
    group: 'projectors',
    summary: 'List the streams that stand still because the rules threw',
    description:
      'By partition, those that parked last first. With `error` a page may hold fewer than `limit`, or none, while ' +
      '`next_cursor` leads on: one page looks at 1,000 streams.',
    query: listParkedQuery,
    replies: {
      200: { ...jsonReply('A page of them.', parkedListReply), headers: momentaryHeaders },
    },
  }),
  operatorRead({
    id: 'getParked',
    path: '/internal/v1/parked/{projection}/{stream_id}',
    group: 'projectors',
    summary: 'Read why a stream stands still: the event, the error, the state before it',
    pathParameters: parkedParameters,
    query: readQuery,
    replies: { 200: jsonReply('The parked stream.', parkedReply) },
    problems: ['not_found', 'log_unavailable'],
  }),
  {
    ...operatorRead({
      id: 'getDeadLetter',
      path: '/internal/v1/dead-letters/{projection}/{partition}/{offset}',
      group: 'projectors',
      summary: 'Read a record that could not be folded, with its value',
      pathParameters: letterParameters,
      query: null,
      replies: {
        200: {
          ...jsonReply('The dead letter.', deadLetterWithValueReply),
          headers: momentaryHeaders,
        },
      },
      problems: ['not_found', 'log_unavailable'],
    }),
    scopes: ['operate'],
  },
  {
    ...operatorRead({
      id: 'explainStream',
      path: '/internal/v1/explanations',
      group: 'operations',
      summary: 'Read where each record of a stream lies, and what the rules say of it',
      description:
        'In log order, refused records, repetitions, dead letters and records that skip an event included. Every page judges the stream once more from the start of its partition on.',
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
