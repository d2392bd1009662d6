import { z } from 'zod';
import { ATTRIBUTE_MAX, NOT_RESERVED, RESERVED_TYPES } from '../envelope.js';
import { eventDefinitionsOf } from '../events/catalogue.js';
import { anyJson, jsonObject, labelsSchema } from '../events/members.js';
import { THREAD_ID_MAX } from '../events/run-events.js';
import { streamIdSchema } from '../ids.js';
import { IDEMPOTENCY_KEY_MAX, idempotencyKeySchema } from './idempotency-key.js';
import {
  AT_MOST_ONE_OWNER,
  AT_MOST_ONE_OWNER_SCHEMA,
  atMostOneOwner,
  blankIsNone,
  nameOrNone,
  reasonSchema,
  requestOwnerMembers,
  trimmedName,
} from './members.js';

const INT32_MAX = 2_147_483_647;
const EVENT_TYPE_MAX = ATTRIBUTE_MAX.type;

/** Most lines one batch (`application/x-ndjson`) may have. */
export const BATCH_LINES_MAX = 1_000;

/** `POST /internal/v1/runs` */
export const createRunRequest = z
  .strictObject({
    run_id: streamIdSchema.nullish(),
    worker_id: streamIdSchema.nullish(),
    thread_id: nameOrNone(THREAD_ID_MAX),
    metadata: anyJson,
    ...requestOwnerMembers,
    title: blankIsNone(512),
    labels: labelsSchema.nullish(),
    idempotency_key: idempotencyKeySchema,
  })
  .refine(atMostOneOwner, AT_MOST_ONE_OWNER)
  .meta(AT_MOST_ONE_OWNER_SCHEMA);

export type CreateRunRequest = z.output<typeof createRunRequest>;

interface VersionedEvent {
  event_type: string;
  schema_version?: number | null | undefined;
}

/** On the log this type pins the rules of a whole partition: no caller may write it. */
const isOwnType = ({ event_type: type }: VersionedEvent) => !RESERVED_TYPES.includes(type);

/**
 * A projector stops at a version it does not know, so the door keeps newer ones out. A type that the
 * catalogue lacks has version 1 only: one that comes to know it must be able to fold what stands there.
 */
const knowsSchemaVersion = ({ event_type: type, schema_version: version }: VersionedEvent) =>
  (version ?? 1) <= (eventDefinitionsOf('run').get(type)?.schemaVersion ?? 1);

/** `POST /internal/v1/runs/:run_id/events`, and every line of a batch. */
export const appendEventRequest = z
  .strictObject({
    event_type: trimmedName(EVENT_TYPE_MAX),
    payload: anyJson,
    idempotency_key: idempotencyKeySchema,
    expected_previous_seq: z.int().min(0).max(INT32_MAX).nullish(),
    schema_version: z.int().min(1).max(INT32_MAX).nullish(),
  })
  .refine(isOwnType, {
    error: NOT_RESERVED,
    path: ['event_type'],
  })
  .refine(knowsSchemaVersion, {
    error: 'expected a schema version that this build knows',
    path: ['schema_version'],
  });

export type AppendEventRequest = z.output<typeof appendEventRequest>;

/** A batch of them as an array; its elements are judged one by one, whatever they are. */
export const appendBatchRequest = z.array(z.unknown()).min(1).max(BATCH_LINES_MAX);

/** What an append takes as JSON. */
export const appendRequest = z.union([appendEventRequest, appendBatchRequest]);

/** `POST /internal/v1/runs/:run_id/cancel` */
export const cancelRunRequest = z.strictObject({
  reason: reasonSchema,
  requested_by: blankIsNone(256),
  thread_id: nameOrNone(THREAD_ID_MAX),
  idempotency_key: idempotencyKeySchema,
});

export type CancelRunRequest = z.output<typeof cancelRunRequest>;

/**
 * `POST /internal/v1/runs/:run_id/frames`: an input of the run. Its ID is its idempotency key, and
 * `occurred_at` no part of its content: it becomes the `time` of the record.
 */
export const appendFrameRequest = z.strictObject({
  frame_id: trimmedName(IDEMPOTENCY_KEY_MAX),
  type: trimmedName(EVENT_TYPE_MAX),
  payload: jsonObject,
  thread_id: nameOrNone(THREAD_ID_MAX),
  occurred_at: z.iso
    .datetime({ offset: true, error: 'expected a time such as 2026-01-31T12:00:00Z' })
    .nullish(),
});

export type AppendFrameRequest = z.output<typeof appendFrameRequest>;
