import { OTHER_REPLIES } from './other-replies.js';
import { OPERATION_REPLIES } from './operation-replies.js';
import { PARKED_REPLIES } from './parked-replies.js';
import { RUN_REPLIES } from './run-replies.js';
import { WORKER_REPLIES } from './worker-replies.js';

const REPLIES = {
  ...RUN_REPLIES,
  ...WORKER_REPLIES,
  ...OPERATION_REPLIES,
  ...PARKED_REPLIES,
  ...OTHER_REPLIES,
};

/** What an operation answers with a status, for one; undefined: nothing is shown. */
export const replyExample = (operationId: string, status: number): unknown =>
  REPLIES[operationId]?.[status];
