import type { JsonValue } from '@refold/contracts';
import { arrayOf, isObject, memberOf, numberOf, scalarsOf, textOf } from './json-shape.js';
import { createCallBook, chatToolCalls, type CallBook } from './tool-calls.js';
import type { JsonObject, TraceEvent, TraceReading } from './trace.js';
import { usageMember } from './usage.js';

/** What τ-bench calls a solved task: a reward of one, give or take rounding. */
const REWARD_TOLERANCE = 1e-6;

/** One run of τ-bench: an object with a list of chat messages called `traj`. */
export const isTauBench = (value: JsonValue): boolean =>
  isObject(value) && Array.isArray(value['traj']) && value['traj'].every(isObject);

const RESULT_ROLES = new Set(['tool', 'function']);

/** Tools of τ-bench answer a failed call with a text that begins so. */
const FAILED_OUTPUT = /^Error\b/;

function messageEvent(message: JsonValue, role: string): TraceEvent {
  return {
    event_type: 'run.message',
    payload: {
      role,
      content: memberOf(message, 'content') ?? null,
      ...scalarsOf(message, ['name', 'tool_call_id']),
    },
  };
}

function resultEvent(message: JsonValue, calls: CallBook): TraceEvent {
  const output = memberOf(message, 'content') ?? null;
  const failed = typeof output === 'string' && FAILED_OUTPUT.test(output);
  return {
    event_type: 'tool.result',
    payload: {
      tool_call_id: calls.answered(textOf(message, 'tool_call_id'), textOf(message, 'name')),
      status: failed ? 'failed' : 'succeeded',
      output,
    },
  };
}

function messageEvents(message: JsonValue, calls: CallBook): TraceEvent[] {
  const role = textOf(message, 'role') ?? 'unknown';
  const said = messageEvent(message, role);
  if (RESULT_ROLES.has(role)) return [resultEvent(message, calls), said];
  return [said, ...chatToolCalls(message).map((call) => calls.call(call))];
}

/** How the run ended, by the reward; without a reward nobody can say that it succeeded. */
function outcomeOf(trace: JsonValue): JsonObject {
  const error = textOf(memberOf(trace, 'info'), 'error');
  const reward = numberOf(trace, 'reward');
  if (reward !== undefined && Math.abs(reward - 1) <= REWARD_TOLERANCE) {
    return { status: 'succeeded', reason_class: 'completed', reward };
  }
  if (error !== undefined) {
    const reason = 'the agent or the environment failed; see error_message';
    return { status: 'failed', reason_class: 'error', reason, error_message: error };
  }
  if (reward === undefined) {
    return { status: 'failed', reason_class: 'no_reward', reason: 'the trace has no reward' };
  }
  return { status: 'failed', reason_class: 'reward', reason: `reward ${reward}`, reward };
}

const TITLE_LENGTH_MAX = 512;

function titleOf(metadata: JsonObject): string {
  const { task_id: task, trial } = metadata;
  const parts = [
    task === undefined ? [] : [`task ${JSON.stringify(task)}`],
    trial === undefined ? [] : [`trial ${JSON.stringify(trial)}`],
  ].flat();
  const title = ['tau-bench', parts.join(', ')].join(' ').trim();
  return title.length <= TITLE_LENGTH_MAX ? title : 'tau-bench';
}

/**
 * Reads one run of τ-bench. Every entry of `traj` is one message; each tool call of an assistant
 * is one `tool.call`; a message of a tool is its `tool.result` as well.
 */
export function readTauBench(trace: JsonValue): TraceReading {
  const calls = createCallBook();
  const metadata = scalarsOf(trace, ['task_id', 'trial']);
  const costUsd = numberOf(memberOf(trace, 'info'), 'user_cost');
  const finished: TraceEvent = {
    event_type: 'run.finished',
    payload: { ...outcomeOf(trace), ...usageMember({ costUsd }) },
  };
  const events = arrayOf(trace, 'traj').flatMap((message) => messageEvents(message, calls));
  return { title: titleOf(metadata), metadata, events: [...events, finished] };
}
