import { ProblemError, type ProblemExtras } from '@refold/contracts';
import type { PublishOutcome } from '@refold/pipeline';
import { ID_MEMBER } from '@refold/serving';
import type { Command } from './command.js';

/** The same problem with more members. */
export const withExtras = (problem: ProblemError, extras: ProblemExtras): ProblemError =>
  new ProblemError(problem.code, {
    ...problem.occurrence,
    extras: { ...problem.occurrence.extras, ...extras },
    retryAfterSeconds: problem.retryAfterSeconds,
    cause: problem,
  });

/** The same problem with the IDs of the claim, so that a retry can make the same claim. */
export function withClaimIds(problem: ProblemError, command: Command): ProblemError {
  const { kind, streamId, eventId } = command;
  return withExtras(problem, { [ID_MEMBER[kind]]: streamId, event_id: eventId });
}

/** The problem of a record that is not, or not certainly, on the log. */
export function problemOfOutcome(
  outcome: Exclude<PublishOutcome, { kind: 'appended' }>,
): ProblemError {
  switch (outcome.kind) {
    case 'full':
      return new ProblemError('overloaded', { detail: 'The lanes to the log are full.' });
    case 'unknown':
      return new ProblemError('outcome_unknown', {
        detail: `${outcome.message}. Send the request again with the same Idempotency-Key; without one, with event_id as the key.`,
      });
    case 'unsent':
      return new ProblemError('log_unavailable', {
        detail: `It was not sent: ${outcome.message}.`,
      });
    case 'refused':
      return outcome.reason === 'too_large'
        ? new ProblemError('payload_too_large', { detail: outcome.message })
        : new ProblemError('log_unavailable', { detail: `The log refused it: ${outcome.message}` });
  }
}

/** The problem of a record that the fold set aside. */
export const deadLetterProblem = (reason: string): ProblemError =>
  new ProblemError('internal', {
    detail: `The record was set aside as a dead letter: ${reason}. It will not be judged.`,
  });
