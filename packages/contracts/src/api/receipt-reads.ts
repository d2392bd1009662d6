import { receiptStatusReply } from '../replies/append-replies.js';
import type { Operation } from './operation.js';
import { receiptParameter } from './path-parameters.js';
import { jsonReply, readOperation } from './read-operation.js';
import { momentaryHeaders } from './reply-headers.js';

/** Reads of receipts. Whoever may write holds them, so it may read them. */
export const receiptReads: readonly Operation[] = [
  readOperation({
    id: 'getReceipt',
    path: '/internal/v1/receipts/{receipt}',
    group: 'receipts',
    summary: 'Read what became of an event that was answered with 202',
    scopes: ['ingest', 'read'],
    pathParameters: receiptParameter,
    query: null,
    replies: {
      200: {
        ...jsonReply('The verdict, or that it is still to come.', receiptStatusReply),
        headers: momentaryHeaders,
      },
    },
    problems: ['receipt_invalid'],
  }),
];
