import { ProblemError } from './problem-document.js';
import type { RefusalCode, RefusalDetail } from './verdict.js';

const invalidData = (detail: RefusalDetail): ProblemError => {
  const field = `/payload${detail.pointer ?? ''}`;
  const expected = detail.expected ?? 'valid data';
  return new ProblemError('invalid_data', {
    detail: `${field}: expected ${expected}.`,
    errors: [{ field, expected }],
  });
};

const idempotencyConflict = ({ seq }: RefusalDetail): ProblemError => {
  const first = seq === undefined ? 'a claim that was refused' : `event ${seq}`;
  return new ProblemError('idempotency_conflict', {
    detail: `The idempotency key stands for ${first}, whose content differs.`,
    extras: seq === undefined ? {} : { seq },
  });
};

const sequenceConflict = (detail: RefusalDetail): ProblemError => {
  const { expected_seq: expected, actual_seq: actual } = detail;
  return new ProblemError('sequence_conflict', {
    detail: `expected_previous_seq is ${expected}, the last event is ${actual}.`,
    extras: { expected_seq: expected, actual_seq: actual },
  });
};

/** The problem that answers a claim which the rules refused. */
export function problemOfRefusal(code: RefusalCode, detail: RefusalDetail): ProblemError {
  switch (code) {
    case 'forbidden':
      return new ProblemError('forbidden', { detail: 'The stream belongs to somebody else.' });
    case 'not_found':
      return new ProblemError('not_found', {
        detail: 'The stream does not exist and this event does not create it.',
      });
    case 'idempotency_conflict':
      return idempotencyConflict(detail);
    case 'sequence_conflict':
      return sequenceConflict(detail);
    case 'invalid_data':
      return invalidData(detail);
    case 'invalid_transition':
      return new ProblemError('invalid_transition', {
        detail:
          detail.transition === 'approve_own_plan'
            ? 'Somebody else than who planned it has to approve it.'
            : `"${detail.transition}" is not possible while the status is "${detail.from}".`,
        extras: { from: detail.from, transition: detail.transition },
      });
    case 'skipped':
      return new ProblemError('skipped', {
        detail: 'The rules broke on the event, and an operator decided to go on without it.',
      });
    case 'run_archived':
      return new ProblemError('run_archived', {
        detail: 'The run is archived: it takes no event any more.',
      });
  }
}
