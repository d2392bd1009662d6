import { z } from 'zod';
import type { Fault } from './faults.js';
import { PROBLEM_CODES, type ProblemCode, problemOf } from './problems.js';

/** One member of the request that is not as expected. */
export interface FieldProblem {
  /** JSON Pointer into the body, or the name of a header or query member. */
  field: string;
  expected: string;
}

/** Members a problem has besides those of RFC 9457; names of those are not for extras. */
export type ProblemExtras = Record<string, unknown> & {
  type?: never;
  title?: never;
  status?: never;
  code?: never;
  error?: never;
  message?: never;
};

/** What one occurrence of a problem adds to its definition. */
export interface ProblemOccurrence {
  /** What happened this time, with values, in one sentence. */
  detail: string;
  /** The path of the request. */
  instance?: string | undefined;
  errors?: readonly FieldProblem[] | undefined;
  extras?: ProblemExtras | undefined;
}

/** A problem document, with the members that single codes have on top; more may join. */
export const problemDocumentSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  instance: z.string().optional(),
  code: z.enum(PROBLEM_CODES as [ProblemCode, ...ProblemCode[]]),
  error: z.string(),
  message: z.string(),
  errors: z.array(z.object({ field: z.string(), expected: z.string() })).optional(),
  /** How many more members are not as expected; absent when all are listed. */
  errors_left_out: z.int().min(1).optional(),
  /** The request, as the log of the server has it. */
  request_id: z.string().optional(),
  /** The claim and its stream, beside problems of a write. */
  event_id: z.string().optional(),
  run_id: z.string().optional(),
  worker_id: z.string().optional(),
  operation_id: z.string().optional(),
  /** True: what was said of the same claim before is said again. */
  idempotent_replay: z.literal(true).optional(),
  /** `sequence_conflict`: what was expected to be the last event, and what was. */
  expected_seq: z.int().min(0).optional(),
  actual_seq: z.int().min(0).optional(),
  /** `idempotency_conflict`: the event that has the key. */
  seq: z.int().min(1).optional(),
  /** `invalid_transition`: the status the stream had, and what was asked for. */
  from: z.string().optional(),
  transition: z.string().optional(),
  /** `payload_too_large`: what fits. */
  max_bytes: z.int().min(1).optional(),
  max_lines: z.int().min(1).optional(),
  /** `catching_up`: where the read model is behind the position that was asked for. */
  partition: z.int().min(0).optional(),
  wanted: z.int().min(0).optional(),
  /**
   * `plan_refused`: why, by partition, or null where it is about all of them; `skips`: the events that a target
   * ahead of what is folded leaves out; `digest`: of differences that nobody accepted.
   */
  refusals: z
    .array(
      z.looseObject({
        partition: z.int().min(0).nullable(),
        reason: z.string(),
        skips: z.int().min(0).optional(),
      }),
    )
    .optional(),
  /** `plan_outdated`: what is no longer as it was planned. */
  changes: z
    .array(
      z.looseObject({
        code: z.string(),
        partition: z.int().min(0).nullable(),
        planned: z.union([z.number(), z.string()]),
        found: z.union([z.number(), z.string()]),
      }),
    )
    .optional(),
  /** `operation_in_progress` */
  running_operation_id: z.string().optional(),
});

/** RFC 9457, with the flat `error` and `message` that clients of the original contract read. */
export type ProblemDocument = z.infer<typeof problemDocumentSchema>;

/** Most members that one document lists; a body of megabytes may have a fault in every byte. */
export const ERRORS_MAX = 100;

/** Longest sentence or name of a field, in UTF-16 units; a name may be as long as the body. */
const TEXT_LENGTH_MAX = 2_000;

const short = (text: string): string =>
  text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}…`;

function errorMembers(errors: readonly FieldProblem[]): Partial<ProblemDocument> {
  const listed = errors.slice(0, ERRORS_MAX).map(({ field, expected }) => ({
    field: short(field),
    expected: short(expected),
  }));
  const leftOut = errors.length - listed.length;
  return { errors: listed, ...(leftOut === 0 ? {} : { errors_left_out: leftOut }) };
}

/** The body of an answer that reports a problem. */
export function problemDocument(code: ProblemCode, occurrence: ProblemOccurrence): ProblemDocument {
  const { status, title, error } = problemOf(code);
  const { instance, errors, extras } = occurrence;
  const detail = short(occurrence.detail);
  return {
    ...extras,
    type: `urn:refold:problem:${code}`,
    title,
    status,
    detail,
    ...(instance === undefined ? {} : { instance }),
    code,
    error,
    message: detail,
    ...(errors === undefined ? {} : errorMembers(errors)),
  };
}

/** Thrown where a request ends in a problem; the edge turns it into its document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly occurrence: ProblemOccurrence;
  /** For the Retry-After header; undefined: a retry makes no sense. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ProblemCode,
    occurrence: ProblemOccurrence & { retryAfterSeconds?: number | undefined; cause?: unknown },
  ) {
    const { retryAfterSeconds, cause, ...rest } = occurrence;
    super(rest.detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.occurrence = rest;
    this.retryAfterSeconds = retryAfterSeconds ?? problemOf(code).retryAfterSeconds;
  }

  get status(): number {
    return problemOf(this.code).status;
  }

  /** @param instance The path of the request, unless the occurrence names one. */
  document(instance?: string): ProblemDocument {
    return problemDocument(this.code, { instance, ...this.occurrence });
  }
}

/**
 * What a schema refused, as the members of a problem.
 * @param base Pointer of the checked value inside the body.
 */
export const fieldProblemsOf = (faults: readonly Fault[], base = ''): FieldProblem[] =>
  faults.map(({ pointer, expected }) => ({ field: `${base}${pointer}`, expected }));
