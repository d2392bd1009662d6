import {
  checkEventData,
  eventDefinitionsOf,
  ProblemError,
  type JsonValue,
} from '@refold/contracts';
import {
  looksSecret,
  redact,
  REFERENCE_MEMBERS,
  STRUCTURAL_MEMBERS,
  type RedactionPolicy,
} from '@refold/redaction';
import { invalidRequest } from '@refold/serving';
import type { Command } from './command.js';
import type { IngestMeter } from './ingest-meter.js';

/** Nothing reads the members of an event type that this build does not know. */
const NO_MEMBERS: ReadonlySet<string> = new Set();

/** Events of operations that hold what a person wrote, and nothing else. */
const REASONED: ReadonlySet<string> = new Set(['operation.approved', 'operation.cancel_requested']);

const EXPECTED = 'an identifier that is no secret itself: it is stored and shown as it is';

/** An identifier cannot be replaced: it would name something else. @throws ProblemError */
function checkIdentifiers(
  policy: RedactionPolicy,
  { key, streamId, appendOnly, kind }: Command,
): void {
  if (key !== null && looksSecret(key, policy)) {
    throw invalidRequest([{ field: 'Idempotency-Key', expected: EXPECTED }]);
  }
  if (!appendOnly && looksSecret(streamId, policy)) {
    throw invalidRequest([{ field: `/${kind}_id`, expected: EXPECTED }]);
  }
}

/** Members that are kept as they are, and so must hold no secret. @throws ProblemError */
function checkStructural(policy: RedactionPolicy, data: JsonValue): void {
  const isSecret = ([name, value]: [string, unknown]): boolean =>
    typeof value === 'string' &&
    STRUCTURAL_MEMBERS.has(name) &&
    !REFERENCE_MEMBERS.has(name) &&
    looksSecret(value, policy);
  const faults = Object.entries(data ?? {})
    .filter(isSecret)
    .map(([name]) => ({ field: `/${name}`, expected: EXPECTED }));
  if (faults.length > 0) throw invalidRequest(faults);
}

/** What stands in the place of a secret may be longer than its member takes. @throws ProblemError */
function checkRedacted({ kind, type, data, schemaVersion }: Command): void {
  try {
    checkEventData(kind, type, data, '', schemaVersion);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { detail, ...rest } = error.occurrence;
    throw new ProblemError(error.code, {
      ...rest,
      detail: `With its secrets and personal data replaced, the event is not valid: ${detail}`,
      cause: error,
    });
  }
}

/**
 * Takes secrets and personal data out of commands: what it returns is what the record, the receipt and
 * the comparison with earlier claims are made of. It throws a ProblemError for an identifier or a structural
 * member that is a secret, and for data that has outgrown its schema. What operators ask for is the audit
 * trail, made of offsets, of names of streams, and of dead letters as they are published again: it stays as
 * it is, but for the reasons that people give.
 */
export function commandRedactor(
  policy: RedactionPolicy,
  meter: Pick<IngestMeter, 'redacted'>,
): (command: Command) => Command {
  if (policy.mode === 'off') return (command) => command;
  return (command) => {
    if (command.kind === 'operation' && !REASONED.has(command.type)) return command;
    checkIdentifiers(policy, command);
    const known = eventDefinitionsOf(command.kind).has(command.type);
    if (known) checkStructural(policy, command.data);
    const { value, counts } = redact(command.data, policy, known ? STRUCTURAL_MEMBERS : NO_MEMBERS);
    if (value === command.data) return command;
    const redacted = { ...command, data: value };
    checkRedacted(redacted);
    meter.redacted(counts);
    return redacted;
  };
}
