import { z } from 'zod';
import { RUN_STATUSES } from '../events/run-events.js';
import {
  count,
  jsonValue,
  nullableTime,
  pageMembers,
  positionText,
  readMembers,
  timeText,
} from './members.js';

const usageReply = z.object({
  input_tokens: count,
  output_tokens: count,
  /** Exact decimal text per currency; `unspecified` where the events named none. */
  cost: z.record(z.string(), z.string()),
  /** Events whose cost was not added, because the run has too many currencies. */
  uncounted_costs: count.optional(),
});

const finishedReply = z.object({
  status: z.enum(RUN_STATUSES),
  reason_class: z.string().nullable(),
  reason: z.string().nullable(),
});

/** A run as it is: every element of a list of runs, and what reading one run shows. */
export const runReply = z.object({
  id: z.string(),
  worker_id: z.string().nullable(),
  /** The conversation it belongs to, where its first event named one. */
  thread_id: z.string().nullable(),
  status: z.enum(RUN_STATUSES),
  metadata: jsonValue,
  title: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  tenant: z.string().nullable(),
  owner_user_id: z.int().nullable(),
  owner_guest_scope: z.string().nullable(),
  source: z.string().nullable(),
  last_seq: count,
  event_count: count,
  message_count: count,
  tool_call_count: count,
  tool_result_count: count,
  late_count: count,
  usage: usageReply,
  last_event_type: z.string().nullable(),
  finished: finishedReply.nullable(),
  terminal_at: nullableTime,
  /** Then its status is `archived`; `finished` says how it ended. */
  archived_at: nullableTime,
  created_at: timeText,
  updated_at: timeText,
  ...readMembers,
});
export type RunReply = z.infer<typeof runReply>;

export const runListReply = z.object({ runs: z.array(runReply), ...pageMembers });
export type RunListReply = z.infer<typeof runListReply>;

/** One event of a stream, as it stands on the log. */
export const eventReply = z.object({
  seq: z.int().min(1),
  event_type: z.string(),
  payload: jsonValue,
  idempotency_key: z.string().nullable(),
  recorded_at: timeText,
  partition: count,
  offset: count,
  /** Only on events that came after the end and changed nothing. */
  late: z.literal(true).optional(),
});
export type EventReply = z.infer<typeof eventReply>;

/** `GET /internal/v1/runs/:run_id/events` and `GET /internal/v1/workers/:worker_id/events` */
export const eventListReply = z.object({
  events: z.array(eventReply),
  ...pageMembers,
  ...readMembers,
});
export type EventListReply = z.infer<typeof eventListReply>;

/** `GET /internal/v1/runs/:run_id` */
export const readRunReply = z.object({
  run: runReply.extend({
    /** With `include=events`: the first of them, at most 1,000. */
    events: z.array(eventReply).optional(),
    /** Beside `events`: the `after_seq` of the next page; null: these are all. */
    events_next_cursor: z.string().nullable().optional(),
  }),
});
export type ReadRunReply = z.infer<typeof readRunReply>;

/** `GET /internal/v1/runs/:run_id/snapshot`: the least that tells how a run stands. */
export const runSnapshotReply = z.object({
  run_id: z.string(),
  thread_id: z.string().nullable(),
  status: z.enum(RUN_STATUSES),
  latest_seq: count,
  updated_at: timeText,
  ...readMembers,
});
export type RunSnapshotReply = z.infer<typeof runSnapshotReply>;

/** `GET /internal/v1/projectors/run-summary/:run_id` */
export const runSummaryReply = z.object({
  summary: z.object({
    run_id: z.string(),
    status: z.enum(RUN_STATUSES),
    last_seq: count,
    event_count: count,
    projection_hash: z.string(),
    updated_at: timeText,
  }),
});
export type RunSummaryReply = z.infer<typeof runSummaryReply>;

/** `GET /internal/v1/projectors/checkpoints/:run_id` and `GET /internal/v1/workers/:worker_id/checkpoint` */
export const checkpointReply = z.object({
  checkpoint: z.object({
    /** `run:<run_id>:events` or `worker:<worker_id>:lifecycle` */
    topic: z.string(),
    last_seq: count,
    last_event_type: z.string().nullable(),
    updated_at: timeText,
    partition: count,
    /** Of the stream's partition: where its projector reads next. */
    next_offset: count,
  }),
});
export type CheckpointReply = z.infer<typeof checkpointReply>;

/** `GET /internal/v1/runs/:run_id/receipt`: what a history was, in one hash. */
export const runReceiptReply = z.object({
  schema: z.literal('openagents.receipt.v1'),
  session_id: z.string(),
  trajectory_hash: z.string(),
  policy_bundle_id: z.string(),
  created_at: timeText,
  event_count: count,
  first_seq: count,
  last_seq: count,
  tool_calls: z.array(jsonValue),
  verification: z.array(jsonValue),
  position: positionText.optional(),
});
export type RunReceiptReply = z.infer<typeof runReceiptReply>;

/** What a receipt and a replay say where the run's metadata names no policy bundle. */
export const DEFAULT_POLICY_BUNDLE = 'runtime.default';
