import { z } from 'zod';
import { WORKER_STATUSES } from '../events/worker-events.js';
import { count, jsonValue, nullableTime, pageMembers, readMembers, timeText } from './members.js';

/** How alive a worker looks; a stopped or failed one is that, whatever its age. */
export const HEARTBEAT_STATES = ['fresh', 'stale', 'missing', 'stopped', 'failed'] as const;
export type HeartbeatState = (typeof HEARTBEAT_STATES)[number];

/** A heartbeat older than this is stale. */
export const HEARTBEAT_STALE_AFTER_MS = 120_000;

const workerDocument = z.object({
  worker_id: z.string(),
  owner: z.object({ user_id: z.int().nullable(), guest_scope: z.string().nullable() }),
  workspace_ref: z.string().nullable(),
  codex_home_ref: z.string().nullable(),
  adapter: z.string(),
  status: z.enum(WORKER_STATUSES),
  latest_seq: count,
  metadata: jsonValue,
  /** Patches that would have made the metadata too large; 0 of them are left out. */
  unmerged_patches: count.optional(),
  started_at: timeText,
  stopped_at: nullableTime,
  last_heartbeat_at: nullableTime,
  updated_at: timeText,
});

/** How long ago a worker was heard, in milliseconds; null: never. */
export const livenessSchema = z.object({
  heartbeat_age_ms: count.nullable(),
  heartbeat_stale_after_ms: count,
  heartbeat_state: z.enum(HEARTBEAT_STATES),
});
export type Liveness = z.infer<typeof livenessSchema>;

/** A worker as it is, and how alive it looks at the moment of the answer. */
export const workerSnapshot = z.object({ worker: workerDocument, liveness: livenessSchema });
export type WorkerSnapshot = z.infer<typeof workerSnapshot>;

/** What a verdict alone tells of a worker. */
export const judgedWorker = z.object({
  worker: workerDocument.pick({ worker_id: true, status: true, latest_seq: true }),
});

/** `GET /internal/v1/workers/:worker_id`; nested twice, as its clients know it. */
export const workerReply = z.object({ worker: workerSnapshot, ...readMembers });
export type WorkerReply = z.infer<typeof workerReply>;

/** `GET /internal/v1/workers` */
export const workerListReply = z.object({ workers: z.array(workerSnapshot), ...pageMembers });
export type WorkerListReply = z.infer<typeof workerListReply>;
