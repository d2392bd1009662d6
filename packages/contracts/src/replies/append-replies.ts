import { z } from 'zod';
import { problemDocumentSchema } from '../problem-document.js';
import { count, positionText, timeText } from './members.js';
import { runReply } from './run-replies.js';
import { judgedWorker, workerSnapshot } from './worker-replies.js';

/** In every answer to a write, problems included: the ID of the claim, the same for every retry with the same key. */
const claimMembers = { event_id: z.string() };

/** The verdict came in time. The event is not echoed: the caller has it, and it may be large. */
const decidedMembers = {
  seq: z.int().min(1),
  verdict: z.enum(['accepted', 'duplicate']),
  /** True: the key was used before, and this is what was said then. */
  idempotent_replay: z.boolean(),
  recorded_at: timeText,
  position: positionText,
  ...claimMembers,
};

/** What a verdict alone tells of a run. */
const judgedRun = runReply.pick({ id: true, status: true, last_seq: true });

/** `201` for a claim on a run. */
export const appendReply = z.object({
  run_id: z.string(),
  run: judgedRun,
  ...decidedMembers,
});
export type AppendReply = z.infer<typeof appendReply>;

/** `201` of `POST /internal/v1/runs` */
export const createRunReply = appendReply.extend({
  /** Whole, unless the read model could not be read after the verdict. */
  run: z.union([runReply, judgedRun]),
});
export type CreateRunReply = z.infer<typeof createRunReply>;

/** `201` of `POST /internal/v1/runs/:run_id/frames`: the event that the frame became. */
export const frameReply = appendReply.extend({ frame_id: z.string(), event_type: z.string() });
export type FrameReply = z.infer<typeof frameReply>;

/** `201` of `POST /internal/v1/runs/:run_id/cancel`: the request stands in the run's history. */
export const cancelReply = appendReply.extend({ cancel_requested: z.literal(true) });
export type CancelReply = z.infer<typeof cancelReply>;

/** `200` of a cancel that came after the run's end: nothing was recorded, and nothing is running. */
export const cancelTooLateReply = z.object({
  run_id: z.string(),
  run: runReply.pick({ id: true, status: true }),
  cancel_requested: z.literal(false),
  verdict: z.literal('rejected'),
  /** True: this key was refused before, for the same reason. */
  idempotent_replay: z.boolean(),
  ...claimMembers,
});
export type CancelTooLateReply = z.infer<typeof cancelTooLateReply>;

/** `201` of `POST /internal/v1/workers`, `…/events` and `…/requests`, and `200` of what is done to a worker. */
export const workerWriteReply = z.object({
  /** Whole, unless the read model could not be read after the verdict. */
  worker: z.union([workerSnapshot, judgedWorker]),
  ...decidedMembers,
});
export type WorkerWriteReply = z.infer<typeof workerWriteReply>;

/** `201` of `POST /internal/v1/workers/:worker_id/requests`: the worker's answer names the request ID. */
export const workerRequestReply = workerWriteReply.extend({ request_id: z.string() });
export type WorkerRequestReply = z.infer<typeof workerRequestReply>;

/** `202`: the event is stored and will be judged; `parked`: not before an operator mends its stream. */
export const pendingReply = z.object({
  run_id: z.string().optional(),
  worker_id: z.string().optional(),
  operation_id: z.string().optional(),
  /** Of a frame, and what it will be judged as. */
  frame_id: z.string().optional(),
  event_type: z.string().optional(),
  /** Of a request to a worker. */
  request_id: z.string().optional(),
  verdict: z.enum(['pending', 'parked']),
  /** Opaque, for `GET /internal/v1/receipts/:receipt`. */
  receipt: z.string(),
  position: positionText,
  ...claimMembers,
});
export type PendingReply = z.infer<typeof pendingReply>;

/** What became of one line of a batch: its verdict, or its problem. */
const lineReply = z.object({
  /** Counted from 1. */
  line: z.int().min(1),
  /** What the line would have been answered alone. */
  status: z.int().min(200).max(599),
  verdict: z.enum(['accepted', 'duplicate', 'pending', 'parked']).optional(),
  seq: z.int().min(1).optional(),
  idempotent_replay: z.boolean().optional(),
  event_id: z.string().optional(),
  receipt: z.string().optional(),
  position: positionText.optional(),
  problem: problemDocumentSchema.optional(),
});

/** A batch answers `200`, with one result per line in the order of the lines. */
export const batchReply = z.object({
  run_id: z.string(),
  results: z.array(lineReply),
  /** Null: no line was stored. */
  position: positionText.nullable(),
});
export type BatchReply = z.infer<typeof batchReply>;

export const RECEIPT_STATES = [
  'pending',
  'accepted',
  'rejected',
  'parked',
  'dead_letter',
  'unknown',
] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

/**
 * What became of a claim. `unknown`: it was judged, and no verdict is kept: it was refused as
 * `forbidden`, of which nothing is remembered, or refused so long ago (24 hours) that it lapsed.
 */
export const receiptStatusReply = z.object({
  state: z.enum(RECEIPT_STATES),
  stream: z.object({ kind: z.string(), id: z.string() }),
  event_id: z.string(),
  seq: z.int().min(1).optional(),
  recorded_at: timeText.optional(),
  /** Beside `seq`: true when this record repeats the claim that became the event. */
  idempotent_replay: z.boolean().optional(),
  /** What a write would have answered. */
  problem: problemDocumentSchema.optional(),
  /** Why it is a dead letter, what its fold threw, or what `unknown` may mean. */
  reason: z.string().optional(),
  partition: count.nullable(),
  offset: count.nullable(),
});
export type ReceiptStatusReply = z.infer<typeof receiptStatusReply>;
