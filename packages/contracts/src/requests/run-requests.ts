import { z } from 'zod';
import { eventDefinitionsOf } from '../events/catalogue.js';
import { anyJson, labelsSchema, tenantSchema } from '../events/members.js';
import { streamIdSchema } from '../ids.js';
import { idempotencyKeySchema } from './idempotency-key.js';
import {
  AT_MOST_ONE_OWNER,
  atMostOneOwner,
  blankIsNone,
  reasonSchema,
  requestOwnerMembers,
} from './members.js';

const INT32_MAX = 2_147_483_647;

/** Most events one batch request may carry. */
export const BATCH_EVENTS_MAX = 1_000;

/** `POST /internal/v1/runs` */
export const createRunRequest = z
  .strictObject({
    run_id: streamIdSchema.nullish(),
    worker_id: streamIdSchema.nullish(),
    metadata: anyJson,
    ...requestOwnerMembers,
    tenant: tenantSchema.nullish(),
    title: blankIsNone(512),
    labels: labelsSchema.nullish(),
    idempotency_key: idempotencyKeySchema,
  })
  .refine(atMostOneOwner, AT_MOST_ONE_OWNER);

export type CreateRunRequest = z.output<typeof createRunRequest>;

const appendEventMembers = {
  event_type: z.string().trim().min(1, { error: 'expected a text that is not blank' }).max(120),
  payload: anyJson,
  idempotency_key: idempotencyKeySchema,
  expected_previous_seq: z.int().min(0).max(INT32_MAX).nullish(),
  schema_version: z.int().min(1).max(INT32_MAX).nullish(),
};

interface VersionedEvent {
  event_type: string;
  schema_version?: number | null | undefined;
}

/** A projector stops at a version it does not know, so the door keeps newer ones out. */
const knowsSchemaVersion = ({ event_type: type, schema_version: version }: VersionedEvent) =>
  (version ?? 1) <= (eventDefinitionsOf('run').get(type)?.schemaVersion ?? INT32_MAX);

const KNOWN_SCHEMA_VERSION = {
  error: 'expected a schema version that this build knows',
  path: ['schema_version'],
};

/** `POST /internal/v1/runs/:run_id/events` */
export const appendEventRequest = z
  .strictObject(appendEventMembers)
  .refine(knowsSchemaVersion, KNOWN_SCHEMA_VERSION);

export type AppendEventRequest = z.output<typeof appendEventRequest>;

/** Many events at once; `run_id` is needed where the path names no run. Each is judged by itself. */
export const appendEventsRequest = z.strictObject({
  events: z
    .array(
      z
        .strictObject({ run_id: streamIdSchema.nullish(), ...appendEventMembers })
        .refine(knowsSchemaVersion, KNOWN_SCHEMA_VERSION),
    )
    .min(1)
    .max(BATCH_EVENTS_MAX),
});

export type AppendEventsRequest = z.output<typeof appendEventsRequest>;

/** `POST /internal/v1/runs/:run_id/cancel` */
export const cancelRunRequest = z.strictObject({
  reason: reasonSchema,
  requested_by: blankIsNone(256),
  idempotency_key: idempotencyKeySchema,
});

export type CancelRunRequest = z.output<typeof cancelRunRequest>;
