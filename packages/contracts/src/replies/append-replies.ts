import { z } from 'zod';
import { problemDocumentSchema } from '../problem-document.js';
import { count, positionText, timeText } from './members.js';
import { eventReply, runReply } from './run-replies.js';
import { workerSnapshot } from './worker-replies.js';

/** In every answer to a write: how to ask again, and how to retry. */
const claimMembers = {
  /** The CloudEvents ID of the claim; a retry with the same key has the same one. */
  event_id: z.string(),
  /** For `GET /internal/v1/receipts/:receipt`, see `formatReceipt`. */
  receipt: z.string(),
};

/** `201` (accepted) or `200` (duplicate): the verdict came in time. */
export const appendReply = z.object({
  run_id: z.string(),
  seq: z.int().min(1),
  verdict: z.enum(['accepted', 'duplicate']),
  idempotent_replay: z.boolean(),
  event: eventReply,
  run: runReply.pick({ id: true, status: true, last_seq: true }),
  position: positionText,
  ...claimMembers,
});
export type AppendReply = z.infer<typeof appendReply>;

/** `201` of `POST /internal/v1/workers` and `200` of what is done to a worker. */
export const workerWriteReply = z.object({
  worker: workerSnapshot,
  seq: z.int().min(1),
  verdict: z.enum(['accepted', 'duplicate']),
  idempotent_replay: z.boolean(),
  position: positionText,
  ...claimMembers,
});
export type WorkerWriteReply = z.infer<typeof workerWriteReply>;

/** `202`: the event is stored and will be judged; `parked`: not before an operator mends its stream. */
export const pendingReply = z.object({
  run_id: z.string().optional(),
  worker_id: z.string().optional(),
  state: z.enum(['pending', 'parked']),
  position: positionText,
  ...claimMembers,
});
export type PendingReply = z.infer<typeof pendingReply>;

/** A batch answers `200`: every event has its own status and body, in the order of the request. */
export const appendEventsReply = z.object({
  results: z.array(
    z.object({
      status: z.int().min(200).max(599),
      body: z.union([appendReply, pendingReply, problemDocumentSchema]),
    }),
  ),
});
export type AppendEventsReply = z.infer<typeof appendEventsReply>;

export const RECEIPT_STATES = [
  'pending',
  'accepted',
  'rejected',
  'parked',
  'dead_letter',
  'unknown',
] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

/** What became of a claim. `unknown`: it is not on the log, or it was refused so long ago that it lapsed. */
export const receiptStatusReply = z.object({
  state: z.enum(RECEIPT_STATES),
  stream: z.object({ kind: z.string(), id: z.string() }),
  event_id: z.string(),
  seq: z.int().min(1).optional(),
  recorded_at: timeText.optional(),
  /** What a write would have answered. */
  problem: problemDocumentSchema.optional(),
  /** Why it is a dead letter, or what its fold threw. */
  reason: z.string().optional(),
  partition: count.nullable(),
  offset: count.nullable(),
});
export type ReceiptStatusReply = z.infer<typeof receiptStatusReply>;
