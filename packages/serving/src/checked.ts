import { faultsOf, fieldProblemsOf, ProblemError, type FieldProblem } from '@refold/contracts';
import type { z } from 'zod';

/** The problem of members that are not as expected; the first of them is its sentence. */
export function invalidRequest(errors: readonly FieldProblem[]): ProblemError {
  const [first] = errors;
  const what =
    first === undefined
      ? 'something else'
      : `${first.field || 'the body'}: expected ${first.expected}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ProblemError('invalid_request', { detail: `${what}${more}.`, errors });
}

/** What a schema makes of a body. @throws ProblemError that names every member it refuses. */
export function checkedBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalidRequest(fieldProblemsOf(faultsOf(result.error)));
}

/**
 * What a schema makes of path or query members, which are named without a slash.
 * @throws ProblemError that names every member it refuses.
 */
export function checkedMembers<S extends z.ZodType>(schema: S, members: unknown): z.output<S> {
  const result = schema.safeParse(members);
  if (result.success) return result.data;
  const faults = faultsOf(result.error);
  throw invalidRequest(
    faults.map(({ pointer, expected }) => ({ field: pointer.slice(1), expected })),
  );
}
