import { z } from 'zod';
import {
  anyJson,
  hasOneOwnerAtMost,
  jsonObject,
  ONE_OWNER,
  ONE_OWNER_SCHEMA,
  optionalName,
  optionalText,
  ownerMembers,
  tenantSchema,
} from './members.js';

/** The statuses a worker may have; an event type `worker.<status>` asks for each of them. */
export const WORKER_STATUSES = ['starting', 'running', 'stopping', 'stopped', 'failed'] as const;
export type WorkerStatus = (typeof WORKER_STATUSES)[number];

export const DEFAULT_ADAPTER = 'in_memory';

const statusMembers = { status: optionalText(64), reason: optionalText(4096) };

/** Registers a worker, or registers it again: references it does not name become null. */
export const workerStartedSchema = z
  .looseObject({
    ...ownerMembers,
    ...statusMembers,
    tenant: tenantSchema.nullish(),
    workspace_ref: optionalName(255),
    codex_home_ref: optionalText(255),
    adapter: optionalText(120),
    metadata: anyJson,
  })
  .refine(hasOneOwnerAtMost, ONE_OWNER)
  .meta(ONE_OWNER_SCHEMA)
  .nullable();

/** `worker.starting`, `worker.running`, `worker.stopping`, `worker.stopped`, `worker.failed`. */
export const workerStatusSchema = z.looseObject(statusMembers).nullable();

/** `worker.heartbeat`; the patch is merged into the metadata, one level deep. */
export const workerHeartbeatSchema = z
  .looseObject({ status: optionalText(64), metadata_patch: jsonObject.nullish() })
  .nullable();

/** `worker.request.received` */
export const workerRequestReceivedSchema = z
  .looseObject({
    request_id: optionalText(256),
    method: optionalText(256),
    params: anyJson,
  })
  .nullable();

/** `worker.response`, `worker.error`. */
export const workerAnswerSchema = z.looseObject({ request_id: optionalText(256) }).nullable();

/** `worker.event`: a notification of the agent process, by its method. */
export const workerEventSchema = z.looseObject({ method: optionalText(256) }).nullable();
