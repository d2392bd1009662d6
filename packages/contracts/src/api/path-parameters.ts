import { z } from 'zod';
import { streamIdSchema } from '../ids.js';

/** The run a path names. */
export const runIdParameter = { run_id: streamIdSchema.describe('ID of the run.') };

/** The worker a path names. */
export const workerIdParameter = { worker_id: streamIdSchema.describe('ID of the worker.') };

/** The operation a path names. */
export const operationIdParameter = {
  operation_id: streamIdSchema.describe('ID of the operation.'),
};

/** The receipt a path names. */
export const receiptParameter = {
  receipt: z
    .string()
    .describe('A receipt exactly as an answer returned it.')
    .meta({ format: 'receipt' }),
};
