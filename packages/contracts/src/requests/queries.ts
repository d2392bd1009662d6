import { z } from 'zod';
import { parseDuration } from '../duration.js';
import { RUN_STATUSES, THREAD_ID_MAX } from '../events/run-events.js';
import { WORKER_STATUSES } from '../events/worker-events.js';
import { tenantSchema } from '../events/members.js';
import { streamIdSchema, type StreamKind } from '../ids.js';
import { parsePosition, POSITION_PATTERN } from '../log-position.js';
import { nameText } from '../names.js';
import { PARTITIONS_MAX, PROJECTION_NAMES } from '../topics.js';
import {
  AT_MOST_ONE_OWNER,
  atMostOneOwner,
  EXACTLY_ONE_OWNER,
  exactlyOneOwner,
  nameOrNone,
} from './members.js';

/** Most elements of one page, and how many it has if nobody says. */
export const LIMIT_MAX = 200;
export const LIMIT_DEFAULT = 50;

/** Longest a read may ask to wait for its position. */
export const WAIT_MAX_MS = 30_000;

/** Durations up to {@link WAIT_MAX_MS} as one expression. */
const WAIT_PATTERN =
  '^(?:(?:0|[1-9][0-9]{0,3}|[12][0-9]{4}|30000)ms|(?:[0-9]|[12][0-9]|30)s|0[mh])$';

/** Digits only: no sign, no blank, no exponent, no leading zero. */
export const integerText = (min: number, max: number) => {
  const expected = `expected an integer between ${min} and ${max}`;
  return z
    .string()
    .regex(/^(0|[1-9]\d{0,15})$/, { error: expected })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: expected })
    .meta({ type: 'integer', minimum: min, maximum: max });
};

export const page = {
  limit: integerText(1, LIMIT_MAX)
    .describe('Most elements of the page; it may have fewer and go on all the same.')
    .meta({ default: LIMIT_DEFAULT })
    .optional()
    .transform((limit) => limit ?? LIMIT_DEFAULT),
  cursor: z
    .string()
    .min(1)
    .max(512)
    .describe('The `next_cursor` of the page before, as it was returned.')
    .meta({ format: 'cursor' })
    .optional(),
};

const ownerTexts = {
  tenant: tenantSchema.describe('The tenant, beside an owner or alone.').optional(),
  owner_user_id: integerText(1, Number.MAX_SAFE_INTEGER)
    .describe('The user who is the owner. Never beside `owner_guest_scope`.')
    .optional(),
  owner_guest_scope: nameOrNone(128).describe(
    'The guest scope that is the owner; blank counts as absent. Never beside `owner_user_id`.',
  ),
};

/** `after`: a position the answer must not be older than; `wait`: how long it may take to get there. */
export const freshness = {
  after: z
    .string()
    .max(16_384)
    .describe('The answer is no older than this position, which an earlier answer returned.')
    .meta({ pattern: POSITION_PATTERN.source, format: 'position' })
    .transform((token, context) => {
      const position = parsePosition(token);
      if (position !== null) return position;
      context.addIssue('expected a position as an answer returned it, such as "3:1042"');
      return z.NEVER;
    })
    .optional(),
  wait: z
    .string()
    .describe(
      'How long the answer may wait for `after`: `500ms`, `5s`; at most 30 s, else not at all.',
    )
    .meta({ pattern: WAIT_PATTERN })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms <= WAIT_MAX_MS) return ms;
      context.addIssue(`expected a duration such as "5s" or "500ms", at most ${WAIT_MAX_MS}ms`);
      return z.NEVER;
    })
    .optional(),
};

/** Reads of one thing. */
export const readQuery = z.strictObject(freshness);
export type ReadQuery = z.output<typeof readQuery>;

/** `GET /internal/v1/runs/:run_id` */
export const readRunQuery = z.strictObject({
  ...freshness,
  include: z
    .enum(['events'])
    .describe('Shows the first events of the run, at most 1,000.')
    .optional(),
});
export type ReadRunQuery = z.output<typeof readRunQuery>;

/** `GET /internal/v1/runs/:run_id/snapshot` */
export const runSnapshotQuery = z.strictObject({
  ...freshness,
  thread_id: nameOrNone(THREAD_ID_MAX),
});
export type RunSnapshotQuery = z.output<typeof runSnapshotQuery>;

/** `GET /internal/v1/runs` */
export const listRunsQuery = z
  .strictObject({
    ...page,
    ...ownerTexts,
    ...freshness,
    status: z.enum(RUN_STATUSES).optional(),
    worker_id: streamIdSchema.optional(),
  })
  .refine(atMostOneOwner, AT_MOST_ONE_OWNER);
export type ListRunsQuery = z.output<typeof listRunsQuery>;

/** `GET /internal/v1/dead-letters` */
export const listDeadLettersQuery = z.strictObject({
  ...page,
  projection: z.enum(PROJECTION_NAMES),
  partition: integerText(0, PARTITIONS_MAX - 1).optional(),
});
export type ListDeadLettersQuery = z.output<typeof listDeadLettersQuery>;

const eventsPage = {
  limit: page.limit,
  after_seq: integerText(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .transform((seq) => seq ?? 0),
};

/** `GET /internal/v1/runs/:run_id/events` */
export const eventsPageQuery = z.strictObject({ ...eventsPage, ...freshness });
export type EventsPageQuery = z.output<typeof eventsPageQuery>;

/** `GET /internal/v1/workers`: the list is scoped to one owner. */
export const listWorkersQuery = z
  .strictObject({
    ...page,
    ...ownerTexts,
    ...freshness,
    status: z.enum(WORKER_STATUSES).optional(),
    workspace_ref: nameText(255).optional(),
  })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER);
export type ListWorkersQuery = z.output<typeof listWorkersQuery>;

/** `GET /internal/v1/workers/:worker_id`: the reader names the owner. */
export const readWorkerQuery = z
  .strictObject({ ...ownerTexts, ...freshness })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER);
export type ReadWorkerQuery = z.output<typeof readWorkerQuery>;

/** `GET /internal/v1/workers/:worker_id/events`: the reader names the owner. */
export const workerEventsQuery = z
  .strictObject({ ...ownerTexts, ...eventsPage, ...freshness })
  .refine(exactlyOneOwner, EXACTLY_ONE_OWNER);
export type WorkerEventsQuery = z.output<typeof workerEventsQuery>;

const STREAM_TOPIC =
  /^(?:run:(?<run>[A-Za-z0-9._:-]{1,128}):events|(?<kind>worker|operation):(?<other>[A-Za-z0-9._:-]{1,128}):lifecycle)$/;

/** The stream that a topic of the original names. */
function streamOfTopic(topic: string): { kind: StreamKind; streamId: string } {
  const { run, kind, other = '' } = STREAM_TOPIC.exec(topic)?.groups ?? {};
  if (run !== undefined) return { kind: 'run', streamId: run };
  return { kind: kind === 'operation' ? kind : 'worker', streamId: other };
}

/** `GET /internal/v1/projectors/drift`: `topic` as checkpoints name it; a worker's needs its owner. */
export const driftQuery = z
  .strictObject({
    topic: z
      .string()
      .regex(STREAM_TOPIC, {
        error:
          'expected run:<run_id>:events, worker:<worker_id>:lifecycle or operation:<operation_id>:lifecycle',
        abort: true,
      })
      .transform(streamOfTopic),
    ...ownerTexts,
    ...freshness,
  })
  .refine(
    (query) => (query.topic.kind === 'worker' ? exactlyOneOwner(query) : atMostOneOwner(query)),
    EXACTLY_ONE_OWNER,
  );
export type DriftQuery = z.output<typeof driftQuery>;
