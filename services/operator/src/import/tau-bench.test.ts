import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '@refold/contracts';
import { readTraces } from './read-traces.js';
import { countOf, type JsonObject, type Trace } from './trace.js';

const file = join(process.cwd(), 'test/traces/tau-bench-airline-gpt-4o.json');
const text = readFileSync(file, 'utf8');
const runs = JSON.parse(text) as JsonObject[];

const read = (content: JsonValue): Trace => {
  const { traces, refused } = readTraces(JSON.stringify(content), 'any.json');
  expect(refused).toEqual([]);
  if (traces[0] === undefined) throw new Error('no trace');
  return traces[0];
};

const finish = (trace: Trace): JsonObject => trace.events.at(-1)?.payload ?? {};

const CHAT: JsonObject[] = [
  { role: 'system', content: 'You are an agent.' },
  { role: 'user', content: 'Book a flight.' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'c1', type: 'function', function: { name: 'search', arguments: '{"to":"SEA"}' } },
      { id: 'c2', type: 'function', function: { name: 'think', arguments: '{"broken' } },
    ],
  },
  { role: 'tool', tool_call_id: 'c2', name: 'think', content: '' },
  { role: 'tool', tool_call_id: 'c1', name: 'search', content: 'Error: no such city' },
];

describe('a tau-bench file', () => {
  it('gives as many runs, messages and tool calls as the file has', () => {
    const { traces, refused } = readTraces(text, 'tau.json');
    expect(refused).toEqual([]);
    expect(traces).toHaveLength(runs.length);
    const chats = runs.map(({ traj }) => traj as JsonObject[]);
    expect(traces.map((trace) => countOf(trace, 'run.message'))).toEqual(
      chats.map((c) => c.length),
    );
    const calls = chats.map((c) =>
      c.flatMap((m) => (m['tool_calls'] as JsonValue[] | undefined) ?? []),
    );
    expect(traces.map((trace) => countOf(trace, 'tool.call'))).toEqual(calls.map((c) => c.length));
    const succeeded = traces.filter((trace) => finish(trace)['status'] === 'succeeded');
    expect(succeeded).toHaveLength(runs.filter(({ reward }) => reward === 1).length);
  });

  it('answers every call with a result of the same ID', () => {
    for (const trace of readTraces(text, 'tau.json').traces) {
      const ids = (type: string) =>
        trace.events.filter((e) => e.event_type === type).map((e) => e.payload['tool_call_id']);
      const called = new Set(ids('tool.call'));
      expect(ids('tool.result').filter((id) => !called.has(id))).toEqual([]);
    }
  });
});

describe('one tau-bench run', () => {
  it('keeps the order of the chat, with calls and results where they happened', () => {
    const trace = read({
      task_id: 3,
      trial: 1,
      reward: 1.0,
      info: { user_cost: 0.25 },
      traj: CHAT,
    });
    expect(trace.events.map(({ event_type: type }) => type)).toEqual([
      'run.message',
      'run.message',
      'run.message',
      'tool.call',
      'tool.call',
      'tool.result',
      'run.message',
      'tool.result',
      'run.message',
      'run.finished',
    ]);
    expect(trace.events[3]?.payload).toEqual({
      tool_call_id: 'c1',
      tool_name: 'search',
      input: { to: 'SEA' },
    });
    expect(trace.events[4]?.payload['input']).toBe('{"broken');
    expect(trace.events[7]?.payload).toMatchObject({ tool_call_id: 'c1', status: 'failed' });
    expect(finish(trace)).toMatchObject({
      status: 'succeeded',
      usage: { cost: 0.25, currency: 'USD' },
    });
    expect(trace.title).toBe('tau-bench task 3, trial 1');
    expect(trace.metadata).toMatchObject({ format: 'tau-bench', task_id: 3, trial: 1 });
  });

  it.each([
    [{ reward: 0 }, { status: 'failed', reason_class: 'reward' }],
    [{ reward: 0.5 }, { status: 'failed', reason: 'reward 0.5' }],
    [{}, { status: 'failed', reason_class: 'no_reward' }],
    [
      { reward: 0, info: { error: 'boom' } },
      { reason_class: 'error', error_message: 'boom' },
    ],
    [{ reward: 1, info: null, trial: null }, { status: 'succeeded' }],
  ])('ends as its reward says: %j', (members, outcome) => {
    expect(finish(read({ traj: CHAT, ...members }))).toMatchObject(outcome);
  });

  it('reads a single object, a list of one and text with a byte order mark alike', () => {
    const run = { task_id: 1, traj: CHAT };
    const alone = read(run);
    expect(read([run])).toEqual(alone);
    const marked = readTraces(`\uFEFF${JSON.stringify(run)}`, 'other.txt');
    expect(marked.traces[0]).toEqual(alone);
  });

  it('takes its ID from the content, whatever the order of members', () => {
    const one = read({ task_id: 1, reward: 0, traj: CHAT });
    expect(read({ traj: CHAT, reward: 0.0, task_id: 1 }).runId).toBe(one.runId);
    expect(read({ task_id: 2, reward: 0, traj: CHAT }).runId).not.toBe(one.runId);
    expect(one.runId).toMatch(/^imp_[0-9a-f]{32}$/);
  });

  it('reads legacy function calls, missing IDs, null lists, list contents and strange roles', () => {
    const trace = read({
      traj: [
        {
          role: 'assistant',
          content: null,
          function_call: { name: 'f', arguments: '{}' },
          tool_calls: null,
        },
        { role: 'function', name: 'f', content: 'done' },
        { role: 'assistant', tool_calls: [{ function: { name: 'g', arguments: { a: 1 } } }, {}] },
        { role: 'tool', content: [{ type: 'text', text: 'g done' }] },
        { content: 'who said this' },
        { role: 'tool', tool_call_id: 'unheard', content: 'late' },
      ],
    });
    expect(
      trace.events.map(({ event_type: type, payload }) => [type, payload['tool_call_id']]),
    ).toEqual([
      ['run.message', undefined],
      ['tool.call', 'call-1'],
      ['tool.result', 'call-1'],
      ['run.message', undefined],
      ['run.message', undefined],
      ['tool.call', 'call-2'],
      ['tool.call', 'call-3'],
      ['tool.result', 'call-2'],
      ['run.message', undefined],
      ['run.message', undefined],
      ['tool.result', 'unheard'],
      ['run.message', 'unheard'],
      ['run.finished', undefined],
    ]);
    expect(trace.events[5]?.payload['input']).toEqual({ a: 1 });
    expect(trace.events[6]?.payload).toMatchObject({ tool_name: 'unknown', input: null });
  });

  it('keeps NUL and lone surrogates, and arguments with numbers JSON cannot carry', () => {
    const content = '\u0000 and \ud800';
    const call = { id: 'x', function: { name: 'n', arguments: '{"n":12345678901234567890}' } };
    const trace = read({
      traj: [
        { role: 'user', content },
        { role: 'assistant', tool_calls: [call] },
      ],
    });
    const sent = JSON.parse(JSON.stringify(trace.events)) as typeof trace.events;
    expect(sent[0]?.payload['content']).toBe(content);
    expect(sent[2]?.payload['input']).toBe('{"n":12345678901234567890}');
  });
});
