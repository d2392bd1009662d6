import { eventDefinitionsOf, type JsonValue, type StreamKind } from '@refold/contracts';
import { redact, STRUCTURAL_MEMBERS, type RedactionPolicy } from '@refold/redaction';
import type { RunCalls } from './runs.js';
import type { WorkerCalls } from './workers.js';

const NO_MEMBERS: ReadonlySet<string> = new Set();

/** What a call may hold besides identifiers. */
interface Content {
  payload?: JsonValue;
  metadata?: JsonValue;
  metadata_patch?: { [member: string]: JsonValue };
  params?: JsonValue;
  title?: string;
  labels?: { [name: string]: string };
  reason?: string;
}

const MEMBERS = ['metadata', 'metadata_patch', 'params', 'title', 'labels', 'reason'] as const;

/** Takes secrets and personal data out of what calls hold, as the server does with the same policy. */
function contentRedactor(policy: RedactionPolicy) {
  const content = <Value extends Content>(given: Value): Value => {
    const copy = { ...given };
    for (const member of MEMBERS) {
      const value = given[member] as JsonValue | undefined;
      // Under its own name, which says something about the value too.
      if (value !== undefined) Object.assign(copy, redact({ [member]: value }, policy).value);
    }
    return copy;
  };
  const event =
    (kind: StreamKind) =>
    <Value extends Content & { event_type: string }>(given: Value): Value => {
      if (given.payload === undefined) return given;
      const known = eventDefinitionsOf(kind).has(given.event_type);
      const kept = known ? STRUCTURAL_MEMBERS : NO_MEMBERS;
      return { ...given, payload: redact(given.payload, policy, kept).value };
    };
  const frame = <Value extends Content>(given: Value): Value =>
    given.payload === undefined
      ? given
      : { ...given, payload: redact(given.payload, policy).value };
  return { content, frame, runEvent: event('run'), workerEvent: event('worker') };
}

/**
 * The same calls, with secrets and personal data taken out of what they send. Identifiers and keys
 * are sent as they are. The server does the same by default; this is for data that may not leave here.
 */
export function redactedCalls<Calls extends RunCalls & WorkerCalls>(
  calls: Calls,
  policy: RedactionPolicy,
): Calls {
  const { content, frame, runEvent, workerEvent } = contentRedactor(policy);
  const writes: Partial<RunCalls & WorkerCalls> = {
    createRun: (run, options) => calls.createRun(content(run), options),
    appendEvent: (runId, event, options) => calls.appendEvent(runId, runEvent(event), options),
    appendEvents: (runId, events, options) =>
      calls.appendEvents(runId, events.map(runEvent), options),
    appendFrame: (runId, given, options) => calls.appendFrame(runId, frame(given), options),
    cancelRun: (runId, reason, options) =>
      calls.cancelRun(
        runId,
        reason === undefined ? undefined : content({ reason }).reason,
        options,
      ),
    registerWorker: (worker, options) => calls.registerWorker(content(worker), options),
    heartbeat: (workerId, beat, options) => calls.heartbeat(workerId, content(beat), options),
    setWorkerStatus: (workerId, status, options) =>
      calls.setWorkerStatus(workerId, content(status), options),
    stopWorker: (workerId, stop, options) => calls.stopWorker(workerId, content(stop), options),
    appendWorkerEvent: (workerId, event, options) =>
      calls.appendWorkerEvent(workerId, workerEvent(event), options),
    requestWorker: (workerId, request, options) =>
      calls.requestWorker(workerId, content(request), options),
  };
  return { ...calls, ...writes };
}
