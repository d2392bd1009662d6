import type { JsonValue } from '@refold/contracts';
import { arrayOf, isObject, memberOf, numberOf, scalarsOf, textOf } from './json-shape.js';
import { pairSteps } from './swe-steps.js';
import type { JsonObject, TraceEvent, TraceReading } from './trace.js';
import { usageMember } from './usage.js';

const isStep = (step: JsonValue): boolean =>
  ['action', 'observation', 'response', 'thought'].some(
    (name) => memberOf(step, name) !== undefined,
  );

const isMessage = (entry: JsonValue): boolean => textOf(entry, 'role') !== undefined;

/** Absent, null or a list whose every entry fits. */
const fitsList = (value: JsonValue | undefined, fits: (entry: JsonValue) => boolean): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.every(fits));

/**
 * One run of SWE-agent: an object with a `trajectory` of steps or a `history` of messages, or both.
 * Where both are empty, something else must say that it is a run.
 */
export function isSweAgent(value: JsonValue): boolean {
  const trajectory = memberOf(value, 'trajectory');
  const history = memberOf(value, 'history');
  if (!fitsList(trajectory, isStep) || !fitsList(history, isMessage)) return false;
  if (arrayOf(value, 'trajectory').length + arrayOf(value, 'history').length > 0) return true;
  return Array.isArray(trajectory) && isObject(memberOf(value, 'info'));
}

const message = (role: string, content: JsonValue, more: JsonObject = {}): TraceEvent => ({
  event_type: 'run.message',
  payload: { role, content, ...more },
});

const MESSAGE_SCALARS = ['agent', 'message_type', 'is_demo'];

const historyMessage = (entry: JsonValue): TraceEvent =>
  message(
    textOf(entry, 'role') ?? 'unknown',
    memberOf(entry, 'content') ?? null,
    scalarsOf(entry, MESSAGE_SCALARS),
  );

/** What a chat of these steps would have said, for traces without a history. */
function stepMessages(step: JsonValue): { before: TraceEvent[]; after: TraceEvent[] } {
  const said = textOf(step, 'response') ?? textOf(step, 'thought');
  const seen = textOf(step, 'observation');
  return {
    before: said === undefined ? [] : [message('assistant', said)],
    after: seen === undefined ? [] : [message('user', seen)],
  };
}

const SUBMITTED = /^submitted(?: \(|$)/;
const REASON_CLASS_MAX = 256;

/** How the run ended, by `info.exit_status`; without one nobody can say that it succeeded. */
function outcomeOf(trace: JsonValue): JsonObject {
  const exit = textOf(memberOf(trace, 'info'), 'exit_status');
  if (exit === undefined) {
    const reason = 'the trace has no exit status';
    return { status: 'failed', reason_class: 'no_exit_status', reason };
  }
  if (SUBMITTED.test(exit)) {
    return { status: 'succeeded', reason_class: 'completed', exit_status: exit };
  }
  const reasonClass = exit.length <= REASON_CLASS_MAX ? exit : 'exit_status';
  return { status: 'failed', reason_class: reasonClass, exit_status: exit };
}

function finishedEvent(trace: JsonValue): TraceEvent {
  const stats = memberOf(memberOf(trace, 'info'), 'model_stats');
  const usage = usageMember({
    inputTokens: numberOf(stats, 'tokens_sent'),
    outputTokens: numberOf(stats, 'tokens_received'),
    costUsd: numberOf(stats, 'instance_cost'),
  });
  return { event_type: 'run.finished', payload: { ...outcomeOf(trace), ...usage } };
}

/**
 * Reads one run of SWE-agent. Every entry of `history` is one message; each step with an action is
 * one `tool.call` and one `tool.result`, placed after the message that asked for it. Without a
 * history the messages are those the steps imply: the response, and the observation as the reply.
 */
export function readSweAgent(trace: JsonValue, title: string): TraceReading {
  const steps = arrayOf(trace, 'trajectory');
  const history = arrayOf(trace, 'history');
  const metadata = scalarsOf(trace, ['environment']);
  const pairs = pairSteps(history, steps);
  const events =
    history.length > 0
      ? [
          ...history.flatMap((entry, at) => [historyMessage(entry), ...(pairs.after[at] ?? [])]),
          ...pairs.rest,
        ]
      : steps.flatMap((step, at) => {
          const { before, after } = stepMessages(step);
          return [...before, ...(pairs.ofStep[at] ?? []), ...after];
        });
  return { title, metadata, events: [...events, finishedEvent(trace)] };
}
