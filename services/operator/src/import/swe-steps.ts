import type { JsonValue } from '@refold/contracts';
import { memberOf, numberOf, textOf } from './json-shape.js';
import { chatToolCalls } from './tool-calls.js';
import type { TraceEvent } from './trace.js';

/** The calls and results of the steps, and where among the messages they belong. */
export interface PairedSteps {
  /** By index of the step. */
  ofStep: TraceEvent[][];
  /** By index of the message they follow. */
  after: TraceEvent[][];
  /** Those no message asked for: they come last. */
  rest: TraceEvent[];
}

const TOOL_NAME_MAX = 256;

/** The command of an action: its first word. */
function toolNameOf(action: string): string {
  const word = action.trim().split(/\s/, 1)[0] ?? '';
  return word.length <= TOOL_NAME_MAX ? word : 'command';
}

function stepEvents(step: JsonValue, callId: string): TraceEvent[] {
  const action = textOf(step, 'action');
  if (action === undefined) return [];
  const seconds = numberOf(step, 'execution_time');
  return [
    {
      event_type: 'tool.call',
      payload: { tool_call_id: callId, tool_name: toolNameOf(action), input: { action } },
    },
    {
      event_type: 'tool.result',
      payload: {
        tool_call_id: callId,
        status: 'succeeded',
        output: memberOf(step, 'observation') ?? null,
        ...(seconds === undefined ? {} : { execution_seconds: seconds }),
      },
    },
  ];
}

/** Did this message ask for this step: the same action, or the whole response. */
function asked(message: JsonValue, step: JsonValue): boolean {
  if (textOf(message, 'role') !== 'assistant' || memberOf(message, 'is_demo') === true)
    return false;
  const action = textOf(step, 'action');
  if (action !== undefined && textOf(message, 'action') === action) return true;
  const response = textOf(step, 'response');
  return response !== undefined && textOf(message, 'content') === response;
}

/** The ID the model gave its call, where it made exactly one and nobody used that ID before. */
function callIdOf(message: JsonValue | undefined, at: number, used: Set<string>): string {
  const calls = message === undefined ? [] : chatToolCalls(message);
  const given = calls.length === 1 ? calls[0]?.id : undefined;
  const id = given === undefined || used.has(given) ? `step-${at + 1}` : given;
  used.add(id);
  return id;
}

/** For each step the index of the message that asked for it; both go forward only. */
function askers(
  history: readonly JsonValue[],
  steps: readonly JsonValue[],
): (number | undefined)[] {
  const askedBy = new Array<number | undefined>(steps.length).fill(undefined);
  let from = 0;
  history.forEach((message, at) => {
    const step = steps.findIndex((candidate, index) => index >= from && asked(message, candidate));
    if (step === -1) return;
    askedBy[step] = at;
    from = step + 1;
  });
  return askedBy;
}

/** Puts each step behind the message that asked for it; steps in between stay in their order. */
export function pairSteps(history: readonly JsonValue[], steps: readonly JsonValue[]): PairedSteps {
  const used = new Set<string>();
  const askedBy = askers(history, steps);
  const ofStep = steps.map((step, at) => {
    const message = history[askedBy[at] ?? -1];
    return stepEvents(step, callIdOf(message, at, used));
  });
  const after: TraceEvent[][] = history.map(() => []);
  let waiting: TraceEvent[] = [];
  ofStep.forEach((events, at) => {
    waiting.push(...events);
    const message = askedBy[at];
    if (message === undefined) return;
    after[message]?.push(...waiting);
    waiting = [];
  });
  return { ofStep, after, rest: waiting };
}
