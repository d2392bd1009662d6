import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '@refold/contracts';
import { readTraces } from './read-traces.js';
import { countOf, type JsonObject, type Trace } from './trace.js';

const folder = pathToFileURL(join(process.cwd(), 'test/traces/swe-agent/'));
const files = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(new URL(name, folder), 'utf8'),
}));

const read = (content: JsonValue, name = 'any.traj'): Trace => {
  const { traces, refused } = readTraces(JSON.stringify(content), name);
  expect(refused).toEqual([]);
  if (traces[0] === undefined) throw new Error('no trace');
  return traces[0];
};

const shape = (trace: Trace): string[] =>
  trace.events.map(({ event_type: type, payload }) =>
    type === 'run.message' ? (payload['role'] as string) : type,
  );

const STEPS: JsonObject[] = [
  { thought: 'look', action: 'ls -a\n', observation: 'a.py', response: 'look\nls -a', state: '{}' },
  { thought: 'same', action: 'ls -a\n', observation: null, response: 'again', execution_time: 0.5 },
  { thought: 'hm', action: '', observation: 'no action found', response: 'hm' },
  { thought: 'end', action: 'submit', observation: 'diff', response: 'end\nsubmit' },
];

const HISTORY: JsonObject[] = [
  { role: 'system', content: 'You are an agent.', agent: 'primary' },
  { role: 'user', content: 'A demonstration', is_demo: true },
  { role: 'assistant', content: 'look\nls -a', action: 'ls -a\n' },
  { role: 'user', content: 'a.py' },
  { role: 'assistant', content: 'again', action: 'ls -a\n' },
  { role: 'user', content: 'nothing' },
];

describe('SWE-agent files', () => {
  it.each(files)('$name gives as many messages and tool calls as it has', ({ name, text }) => {
    const content = JSON.parse(text) as { history: JsonObject[]; trajectory: JsonObject[] };
    const trace = read(content, name);
    expect(countOf(trace, 'run.message')).toBe(content.history.length);
    const acted = content.trajectory.filter(({ action }) => action !== '').length;
    expect(countOf(trace, 'tool.call')).toBe(acted);
    expect(countOf(trace, 'tool.result')).toBe(acted);
    expect(trace.title).toBe(name.replace('.traj', ''));
  });

  it('ends a submitted run as succeeded, with its usage', () => {
    const file = files.find(({ name }) => name.startsWith('6e44b9'));
    const { traces } = readTraces(file?.text ?? '', 'x.traj');
    expect(traces[0]?.events.at(-1)?.payload).toEqual({
      status: 'succeeded',
      reason_class: 'completed',
      exit_status: 'submitted',
      usage: {
        input_tokens: 7141,
        output_tokens: 243,
        cost: 0.019520000000000006,
        currency: 'USD',
      },
    });
  });
});

describe('one SWE-agent run', () => {
  it('puts calls and results behind the message that asked, the rest at the end', () => {
    const trace = read({ environment: 'e', trajectory: STEPS, history: HISTORY, info: {} });
    expect(shape(trace)).toEqual([
      'system',
      'user',
      'assistant',
      'tool.call',
      'tool.result',
      'user',
      'assistant',
      'tool.call',
      'tool.result',
      'user',
      'tool.call',
      'tool.result',
      'run.finished',
    ]);
    expect(trace.events[3]?.payload).toEqual({
      tool_call_id: 'step-1',
      tool_name: 'ls',
      input: { action: 'ls -a\n' },
    });
    expect(trace.events[8]?.payload).toMatchObject({ output: null, execution_seconds: 0.5 });
    expect(trace.events[1]?.payload).toMatchObject({ is_demo: true });
    expect(trace.events[10]?.payload['tool_call_id']).toBe('step-4');
  });

  it('takes the ID the model gave its call, once', () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'bash', arguments: '{}' } };
    const asking = { role: 'assistant', content: '', action: 'ls -a\n', tool_calls: [call] };
    const history = [asking, asking].map((entry) => ({ ...entry, message_type: 'action' }));
    const trace = read({ trajectory: STEPS.slice(0, 2), history });
    const ids = trace.events
      .filter(({ event_type: type }) => type === 'tool.call')
      .map(({ payload }) => payload['tool_call_id']);
    expect(ids).toEqual(['call_1', 'step-2']);
  });

  it('derives messages from the steps where there is no history', () => {
    const trace = read({ trajectory: STEPS, info: null });
    expect(shape(trace)).toEqual([
      ...['assistant', 'tool.call', 'tool.result', 'user'],
      ...['assistant', 'tool.call', 'tool.result'],
      ...['assistant', 'user'],
      ...['assistant', 'tool.call', 'tool.result', 'user'],
      'run.finished',
    ]);
    expect(read({ trajectory: STEPS, history: null }).events).toEqual(trace.events);
  });

  it('reads a history without a trajectory, and a run that ended before its first step', () => {
    expect(shape(read({ history: HISTORY }))).toEqual([
      ...HISTORY.map(({ role }) => role as string),
      'run.finished',
    ]);
    const crashed = {
      trajectory: [],
      history: [],
      info: { exit_status: 'exit_environment_error' },
    };
    expect(shape(read(crashed))).toEqual(['run.finished']);
  });

  it.each([
    ['submitted', { status: 'succeeded' }],
    ['submitted (exit_cost)', { status: 'succeeded' }],
    ['exit_cost', { status: 'failed', reason_class: 'exit_cost' }],
    ['submittedish', { status: 'failed' }],
    [null, { status: 'failed', reason_class: 'no_exit_status' }],
    [
      'x'.repeat(5_000),
      { status: 'failed', reason_class: 'exit_status', exit_status: 'x'.repeat(5_000) },
    ],
  ])('ends as its exit status says: %.30j', (exit, outcome) => {
    const trace = read({ trajectory: STEPS, info: { exit_status: exit } });
    expect(trace.events.at(-1)?.payload).toMatchObject(outcome);
  });

  it('leaves out usage it does not know', () => {
    const stats = { tokens_sent: 'many', tokens_received: -1, instance_cost: null };
    const trace = read({ trajectory: STEPS, info: { model_stats: stats } });
    expect(trace.events.at(-1)?.payload).not.toHaveProperty('usage');
  });
});
