import { z } from 'zod';
import { anyJson, jsonObject } from '../events/members.js';
import { WORKER_STATUSES } from '../events/worker-events.js';
import { STREAM_ID_PATTERN } from '../ids.js';
import { idempotencyKeySchema } from './idempotency-key.js';
import {
  blankIsNone,
  EXACTLY_ONE_OWNER,
  exactlyOneOwner,
  reasonSchema,
  requestOwnerMembers,
} from './members.js';

/** Blank or absent: the door derives or generates one. */
const workerId = blankIsNone(128).refine((id) => id === null || STREAM_ID_PATTERN.test(id), {
  error: 'expected 1-128 characters of A-Z a-z 0-9 . _ : -',
});

/** `POST /internal/v1/workers` */
export const registerWorkerRequest = z
  .strictObject({
    worker_id: workerId,
    ...requestOwnerMembers,
    workspace_ref: blankIsNone(255),
    codex_home_ref: blankIsNone(255),
    adapter: blankIsNone(120),
    metadata: anyJson,
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER);

export type RegisterWorkerRequest = z.output<typeof registerWorkerRequest>;

/** `POST /internal/v1/workers/:worker_id/heartbeat` */
export const workerHeartbeatRequest = z
  .strictObject({
    ...requestOwnerMembers,
    metadata_patch: jsonObject.nullish(),
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER);

export type WorkerHeartbeatRequest = z.output<typeof workerHeartbeatRequest>;

/** `POST /internal/v1/workers/:worker_id/status` */
export const workerStatusRequest = z
  .strictObject({
    ...requestOwnerMembers,
    status: z.enum(WORKER_STATUSES),
    reason: reasonSchema,
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER);

export type WorkerStatusRequest = z.output<typeof workerStatusRequest>;

/** `POST /internal/v1/workers/:worker_id/stop` */
export const stopWorkerRequest = z
  .strictObject({
    ...requestOwnerMembers,
    reason: reasonSchema,
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER);

export type StopWorkerRequest = z.output<typeof stopWorkerRequest>;
