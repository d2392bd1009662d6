import { z } from 'zod';
import {
  anyJson,
  hasOneOwnerAtMost,
  labelsSchema,
  nonBlank,
  ONE_OWNER,
  ONE_OWNER_SCHEMA,
  optionalName,
  optionalText,
  ownerMembers,
  presentJson,
  tenantSchema,
} from './members.js';
import { usageSchema } from './usage.js';
import { streamIdSchema } from '../ids.js';

const usage = { usage: usageSchema.nullish() };
const toolCallId = nonBlank(256);

/** Longest name of the conversation that a run belongs to, in UTF-16 units. */
export const THREAD_ID_MAX = 128;

/** The first event of a run says who it belongs to and what it is about; later ones may repeat it. */
export const runBirthSchema = z
  .looseObject({
    ...ownerMembers,
    tenant: tenantSchema.nullish(),
    title: optionalText(512),
    labels: labelsSchema.nullish(),
    worker_id: streamIdSchema.nullish(),
    thread_id: optionalName(THREAD_ID_MAX),
    metadata: anyJson,
    source: optionalText(256),
    ...usage,
  })
  .refine(hasOneOwnerAtMost, ONE_OWNER)
  .meta(ONE_OWNER_SCHEMA)
  .nullable();

/** The statuses a run may have. */
export const RUN_STATUSES = [
  'created',
  'running',
  'canceling',
  'canceled',
  'succeeded',
  'failed',
  'archived',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What `run.finished` may say; both spellings of canceled mean the same. */
export const FINISH_STATUSES = ['succeeded', 'failed', 'canceled', 'cancelled'] as const;
export type FinishStatus = (typeof FINISH_STATUSES)[number];

/** `run.finished` */
export const runFinishedSchema = z.looseObject({
  status: z.enum(FINISH_STATUSES),
  reason_class: optionalText(256),
  reason: optionalText(4096),
  reason_code: optionalText(256),
  frame_id: optionalText(256),
  detector: optionalText(256),
  ...usage,
});

/** `run.archived`; `operation_id`: which operation archived it, where one did. */
export const runArchivedSchema = z
  .looseObject({ reason: optionalText(4096), operation_id: streamIdSchema.nullish() })
  .nullable();

/** `run.delta`, `text.delta` */
export const runDeltaSchema = z
  .looseObject({ delta: z.string().nullish(), text: z.string().nullish(), ...usage })
  .nullable();

/** `run.message`; its content is any JSON, also null. */
export const runMessageSchema = z.looseObject({
  role: nonBlank(64),
  content: presentJson,
  ...usage,
});

/** `run.cancel_requested` */
export const runCancelRequestedSchema = z
  .looseObject({
    reason: optionalText(4096),
    requested_by: optionalText(256),
    requested_at: optionalText(64),
  })
  .nullable();

/** `run.frame_consumed` */
export const runFrameConsumedSchema = z
  .looseObject({ frame_id: optionalText(256), frame_type: optionalText(256), ...usage })
  .nullable();

/** `run.executor_lost` */
export const runExecutorLostSchema = z
  .looseObject({
    lease_owner: optionalText(256),
    lease_expires_at: optionalText(64),
    detected_at: optionalText(64),
    last_progress_seq: z.number().int().min(0).nullish(),
  })
  .nullable();

/** `run.loop_detected` */
export const runLoopDetectedSchema = z
  .looseObject({
    frame_id: optionalText(256),
    frame_type: optionalText(256),
    detector: optionalText(256),
    level: optionalText(64),
    count: z.number().int().min(0).nullish(),
    reason_code: optionalText(256),
    loop_detected_reason: optionalText(4096),
    message: optionalText(4096),
  })
  .nullable();

/** `run.hook_applied`, `run.hook_error`, `run.step.completed`, `policy.budget_exhausted`. */
export const runNoteSchema = z.looseObject(usage).nullable();

/** `tool.call` */
export const toolCallSchema = z.looseObject({
  tool_call_id: toolCallId,
  tool_name: nonBlank(256),
  input: anyJson,
  ...usage,
});

/** `tool.progress` */
export const toolProgressSchema = z.looseObject({
  tool_call_id: toolCallId,
  progress: anyJson,
  ...usage,
});

/** `tool.result`: output, or error, or what a policy said. */
export const toolResultSchema = z.looseObject({
  tool_call_id: toolCallId,
  status: optionalText(64),
  output: anyJson,
  error_class: optionalText(256),
  error_message: z.string().nullish(),
  policy: anyJson,
  ...usage,
});

/** `policy.decision` */
export const policyDecisionSchema = z
  .looseObject({
    decision: optionalText(256),
    reason_code: optionalText(256),
    tool_call_id: optionalText(256),
    authorization_id: optionalText(256),
    authorization_mode: optionalText(256),
    budget: anyJson,
    policy_decision_id: optionalText(256),
    ...usage,
  })
  .nullable();
