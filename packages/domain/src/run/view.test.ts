import type { JsonValue } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import type { Claim } from '../claim.js';
import { acceptAll, claimOf } from '../claims.fixture.js';
import { RULEBOOK } from '../rulebook.js';
import { CURRENCIES_MAX, addUsage } from './usage.js';
import { type RunDocument, runView } from './view.js';

function fold(claims: readonly Claim[]) {
  const { state, events } = acceptAll(claims);
  let document: RunDocument = runView.initial('s-1');
  for (const evolved of events) {
    document = runView.evolve(Object.freeze(document), evolved.event, evolved.state);
  }
  return { state, document };
}

const birth: JsonValue = {
  worker_id: 'w-1',
  thread_id: 't-1',
  metadata: { policy_bundle_id: 'p' },
  title: 'T',
  labels: { a: 'b' },
  tenant: 'acme',
  owner_user_id: 5,
  owner_guest_scope: null,
  source: 'runtime',
  anything: 'else',
};

describe('the run view', () => {
  it('is the view of runs', () => expect(RULEBOOK.views).toContain(runView));

  it('keeps what the first event says, and nothing empty', () => {
    expect(fold([claimOf('run.started', birth)]).document).toEqual({
      worker_id: 'w-1',
      thread_id: 't-1',
      metadata: { policy_bundle_id: 'p' },
      title: 'T',
      labels: { a: 'b' },
      tenant: 'acme',
      owner_user_id: 5,
      source: 'runtime',
      last_event_type: 'run.started',
    });
    const plain = fold([claimOf('run.created'), claimOf('run.started', { title: 'later' })]);
    expect(plain.document).toEqual({ last_event_type: 'run.started' });
  });

  it('keeps metadata exactly, whatever its members are called', () => {
    const data = JSON.parse('{"metadata":{"__proto__":{"x":1},"toString":0}}') as JsonValue;
    const text = JSON.stringify(fold([claimOf('run.started', data)]).document);
    expect(text).toContain('"metadata":{"__proto__":{"x":1},"toString":0}');
  });

  it('counts, and remembers how and when it ended', () => {
    const { document } = fold([
      claimOf('run.started'),
      claimOf('run.message', { role: 'user', content: 'hi' }),
      claimOf('tool.call', { tool_call_id: 'a', tool_name: 'n' }),
      claimOf('tool.call', { tool_call_id: 'b', tool_name: 'n' }),
      claimOf('tool.result', { tool_call_id: 'a' }),
      claimOf('my.own', { reason: 'not this one' }),
      claimOf(
        'run.finished',
        { status: 'cancelled', reason_class: 'cancel_requested', reason: 'enough' },
        { appendTime: 5_000 },
      ),
      claimOf('run.finished', { status: 'canceled', reason: 'again' }, { appendTime: 6_000 }),
      claimOf('tool.result', { tool_call_id: 'b' }, { appendTime: 7_000 }),
    ]);
    expect(document).toEqual({
      message_count: 1,
      tool_call_count: 2,
      tool_result_count: 2,
      late_count: 1,
      last_event_type: 'tool.result',
      finished: { status: 'canceled', reason_class: 'cancel_requested', reason: 'enough' },
      terminal_at: 5_000,
    });
  });

  it('keeps how and when it ended once it is archived, and when that was', () => {
    const { state, document } = fold([
      claimOf('run.started'),
      claimOf('run.finished', { status: 'failed', reason: 'no' }, { appendTime: 5_000 }),
      claimOf('run.archived', null, { appendTime: 9_000 }),
    ]);
    expect(state.status).toBe('archived');
    expect(document).toEqual({
      last_event_type: 'run.archived',
      finished: { status: 'failed', reason: 'no' },
      terminal_at: 5_000,
      archived_at: 9_000,
    });
  });

  it('adds up usage exactly, per currency', () => {
    const message = (usage: JsonValue) =>
      claimOf('run.message', { role: 'assistant', content: '', usage });
    const { document } = fold([
      claimOf('run.started'),
      message({ model: 'm', input_tokens: 10, output_tokens: 3, cost: 0.1, currency: 'USD' }),
      message({ input_tokens: 5, cost: 0.2, currency: 'USD' }),
      claimOf('tool.result', { tool_call_id: 'a', usage: { cost: '0.5', currency: 'EUR' } }),
      claimOf('run.finished', { status: 'succeeded', usage: { cost: 1, output_tokens: 0 } }),
      claimOf('my.own', { usage: { input_tokens: 'not', cost: 'checked' } }),
    ]);
    expect(document.usage).toEqual({
      input_tokens: 15,
      output_tokens: 3,
      cost: { USD: '0.3', EUR: '0.5', unspecified: '1' },
    });
  });

  it('bounds the currencies of a run, and says what it did not add', () => {
    let totals = addUsage(undefined, { cost: 1, currency: 'constructor' });
    for (let i = 0; i < CURRENCIES_MAX + 1; i++) {
      totals = addUsage(totals, { cost: 1, currency: `C${i}` });
    }
    totals = addUsage(totals, { cost: 1, currency: 'constructor' });
    expect(Object.keys(totals?.cost ?? {})).toHaveLength(CURRENCIES_MAX);
    expect(totals?.cost?.['constructor']).toBe('2');
    expect(totals?.uncounted_costs).toBe(2);
  });
});

describe('the entries of a run', () => {
  it('are its places in lists and what it adds to counters', () => {
    const { document, state } = fold([
      claimOf('run.started', birth, { appendTime: 42 }),
      claimOf('run.message', { role: 'user', content: '' }, { appendTime: 50 }),
    ]);
    expect(runView.entries(document, state)).toEqual([
      { type: 'rank', index: 'runs/all', score: 42 },
      { type: 'rank', index: 'runs/status/running', score: 42 },
      { type: 'rank', index: 'runs/worker/w-1', score: 42 },
      { type: 'rank', index: 'runs/owner/acme/user:5', score: 42 },
      { type: 'rank', index: 'runs/tenant/acme', score: 42 },
      { type: 'count', counter: 'runs/running', amount: 1 },
      { type: 'count', counter: 'events', amount: 2 },
      { type: 'count', counter: 'messages', amount: 1 },
    ]);
  });

  it('of a run without anything are few', () => {
    const { document, state } = fold([claimOf('run.created')]);
    expect(runView.entries(document, state)).toEqual([
      { type: 'rank', index: 'runs/all', score: 1_000 },
      { type: 'rank', index: 'runs/status/created', score: 1_000 },
      { type: 'count', counter: 'runs/created', amount: 1 },
      { type: 'count', counter: 'events', amount: 1 },
    ]);
  });
});
