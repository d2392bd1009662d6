import type { JsonValue } from '@refold/contracts';
import { argumentsOf, arrayOf, memberOf, textOf } from './json-shape.js';
import type { TraceEvent } from './trace.js';

const NAME_LENGTH_MAX = 256;
const UNKNOWN_TOOL = 'unknown';

/** A name or ID within the bounds of the event schemas, else undefined. */
const bounded = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= NAME_LENGTH_MAX ? text : undefined;

/** A tool call as a chat message carries it. */
export interface ChatToolCall {
  id: string | undefined;
  name: string;
  input: JsonValue;
}

function chatToolCall(call: JsonValue): ChatToolCall {
  const called = memberOf(call, 'function') ?? call;
  return {
    id: bounded(textOf(call, 'id')),
    name: bounded(textOf(called, 'name')) ?? UNKNOWN_TOOL,
    input: argumentsOf(memberOf(called, 'arguments')),
  };
}

/** The tool calls of an assistant message: its `tool_calls`, or the older `function_call`. */
export function chatToolCalls(message: JsonValue): ChatToolCall[] {
  const calls = arrayOf(message, 'tool_calls');
  if (calls.length > 0) return calls.map(chatToolCall);
  const legacy = memberOf(message, 'function_call');
  return legacy === undefined || legacy === null ? [] : [chatToolCall(legacy)];
}

/** Ties results to calls within one trace. */
export interface CallBook {
  /** Notes a call and gives its ID: its own, or `call-<n>` where it has none. */
  call(call: ChatToolCall): TraceEvent;
  /** The call a result answers: the ID it names, else the oldest open call, of its name if it has one. */
  answered(id: string | undefined, name: string | undefined): string;
}

/** A book with no calls yet. */
export function createCallBook(): CallBook {
  const open: { id: string; name: string }[] = [];
  let calls = 0;
  let orphans = 0;
  return {
    call({ id, name, input }) {
      calls += 1;
      const callId = id ?? `call-${calls}`;
      open.push({ id: callId, name });
      return {
        event_type: 'tool.call',
        payload: { tool_call_id: callId, tool_name: name, input },
      };
    },
    answered(givenId, name) {
      const id = bounded(givenId);
      const fits = (call: { id: string; name: string }): boolean =>
        id === undefined ? name === undefined || call.name === name : call.id === id;
      const at = open.findIndex(fits);
      const found = at === -1 ? undefined : open.splice(at, 1)[0];
      if (id !== undefined || found !== undefined) return id ?? found?.id ?? '';
      orphans += 1;
      return `result-${orphans}`;
    },
  };
}
