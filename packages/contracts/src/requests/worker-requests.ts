import { z } from 'zod';
import { beginning, NOT_BLANK, trimmed } from '../blank.js';
import { ATTRIBUTE_MAX } from '../envelope.js';
import { eventDefinitionsOf } from '../events/catalogue.js';
import { anyJson, jsonObject } from '../events/members.js';
import { WORKER_STATUSES } from '../events/worker-events.js';
import { STREAM_ID_PATTERN } from '../ids.js';
import { isName, NAME_EXPECTED, TRIMMED_NAME } from '../names.js';
import { IDEMPOTENCY_KEY_MAX, idempotencyKeySchema } from './idempotency-key.js';
import {
  blankIsNone,
  EXACTLY_ONE_OWNER,
  EXACTLY_ONE_OWNER_SCHEMA,
  exactlyOneOwner,
  nameOrNone,
  reasonSchema,
  requestOwnerMembers,
  trimmedText,
} from './members.js';

const INT32_MAX = 2_147_483_647;

/** Blank or absent: the door derives or generates one. */
const workerId = blankIsNone(128)
  .refine((id) => id === null || STREAM_ID_PATTERN.test(id), {
    error: 'expected 1-128 characters of A-Z a-z 0-9 . _ : -',
  })
  .meta({ pattern: trimmed('[A-Za-z0-9._:-]*') });

/** `POST /internal/v1/workers` */
export const registerWorkerRequest = z
  .strictObject({
    worker_id: workerId,
    ...requestOwnerMembers,
    workspace_ref: nameOrNone(255),
    codex_home_ref: blankIsNone(255),
    adapter: blankIsNone(120),
    metadata: anyJson,
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER)
  .meta(EXACTLY_ONE_OWNER_SCHEMA);

export type RegisterWorkerRequest = z.output<typeof registerWorkerRequest>;

/** `POST /internal/v1/workers/:worker_id/heartbeat` */
export const workerHeartbeatRequest = z
  .strictObject({
    ...requestOwnerMembers,
    metadata_patch: jsonObject.nullish(),
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER)
  .meta(EXACTLY_ONE_OWNER_SCHEMA);

export type WorkerHeartbeatRequest = z.output<typeof workerHeartbeatRequest>;

/** `POST /internal/v1/workers/:worker_id/status` */
export const workerStatusRequest = z
  .strictObject({
    ...requestOwnerMembers,
    status: z.enum(WORKER_STATUSES),
    reason: reasonSchema,
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER)
  .meta(EXACTLY_ONE_OWNER_SCHEMA);

export type WorkerStatusRequest = z.output<typeof workerStatusRequest>;

/** `POST /internal/v1/workers/:worker_id/stop` */
export const stopWorkerRequest = z
  .strictObject({
    ...requestOwnerMembers,
    reason: reasonSchema,
    idempotency_key: idempotencyKeySchema,
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER)
  .meta(EXACTLY_ONE_OWNER_SCHEMA);

export type StopWorkerRequest = z.output<typeof stopWorkerRequest>;

/**
 * `POST /internal/v1/workers/:worker_id/requests`: asks a running worker for something. A request ID
 * is its idempotency key; without one the door makes it.
 */
export const workerRequestRequest = z
  .strictObject({
    ...requestOwnerMembers,
    request_id: nameOrNone(IDEMPOTENCY_KEY_MAX),
    method: trimmedText(256),
    params: anyJson,
    idempotency_key: idempotencyKeySchema,
  })
  .refine(
    ({ request_id: id, idempotency_key: key }) => id === null || key === undefined || id === key,
    { error: 'expected the same as request_id, or no key', path: ['idempotency_key'] },
  )
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER)
  .meta(EXACTLY_ONE_OWNER_SCHEMA);

export type WorkerRequestRequest = z.output<typeof workerRequestRequest>;

/** Types that a worker may report. */
const WORKER_TYPE = new RegExp(`^worker\\.${NOT_BLANK}`);

/** `POST /internal/v1/workers/:worker_id/events` */
export const appendWorkerEventRequest = z
  .strictObject({
    ...requestOwnerMembers,
    event_type: z
      .string()
      .max(ATTRIBUTE_MAX.type)
      .trim()
      .regex(WORKER_TYPE, { error: 'expected a type that begins with "worker."' })
      .refine(isName, NAME_EXPECTED)
      // Apart, because not every reader of a description takes what a name may not hold.
      .meta({
        allOf: [{ pattern: beginning('worker\\.' + NOT_BLANK) }, { pattern: TRIMMED_NAME }],
      }),
    payload: anyJson,
    idempotency_key: idempotencyKeySchema,
    expected_previous_seq: z.int().min(0).max(INT32_MAX).nullish(),
    schema_version: z.int().min(1).max(INT32_MAX).nullish(),
  })
  .refine(
    ({ event_type: type, schema_version: version }) =>
      (version ?? 1) <= (eventDefinitionsOf('worker').get(type)?.schemaVersion ?? 1),
    { error: 'expected a schema version that this build knows', path: ['schema_version'] },
  )
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER)
  .meta(EXACTLY_ONE_OWNER_SCHEMA);

export type AppendWorkerEventRequest = z.output<typeof appendWorkerEventRequest>;
