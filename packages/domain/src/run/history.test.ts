import { type JsonValue, RUN_STATUSES } from '@refold/contracts';
import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import type { Claim, StreamEvent } from '../claim.js';
import { claimOf, judge } from '../claims.fixture.js';
import { evolve } from '../evolve.js';
import type { StreamState } from '../state.js';
import { runRules } from './rules.js';
import { type RunDocument, runView } from './view.js';

const claims = fc
  .tuple(
    fc.constantFrom<[string, JsonValue]>(
      ['run.created', null],
      ['run.started', { worker_id: 'w' }],
      ['run.cancel_requested', null],
      ['run.finished', { status: 'succeeded' }],
      ['run.finished', { status: 'cancelled' }],
      ['run.finished', { status: 'wrong' }],
      ['run.archived', null],
      ['run.message', { role: 'user', content: 'x', usage: { input_tokens: 1, cost: 0.1 } }],
      ['tool.call', { tool_call_id: 'c', tool_name: 'n' }],
      ['my.own', [1]],
    ),
    fc.nat(1_000),
    fc.option(fc.nat(5), { nil: null, freq: 8 }),
  )
  .map(([[type, data], appendTime, expectedSeq]) =>
    claimOf(type, data, { appendTime, expectedSeq }),
  );

interface History {
  state: StreamState | null;
  document: RunDocument;
  events: StreamEvent[];
}

function fold(history: readonly Claim[]): History {
  const folded: History = { state: null, document: runView.initial('s-1'), events: [] };
  for (const claim of history) {
    const decision = judge(folded.state, claim);
    if (decision.kind !== 'accepted') continue;
    const { state, event } = evolve(runRules, folded.state, claim, decision.status);
    folded.state = state;
    folded.document = runView.evolve(folded.document, event, state);
    folded.events.push(event);
  }
  return folded;
}

describe('any history of claims', () => {
  it('folds to the same state, document and entries every time', () => {
    fc.assert(
      fc.property(fc.array(claims), (history) => {
        expect(fold(structuredClone(history))).toEqual(fold(history));
      }),
    );
  });

  it('has events numbered without a hole, in order of time, beginning with a creating one', () => {
    fc.assert(
      fc.property(fc.array(claims), (history) => {
        const { state, events } = fold(history);
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
        const times = events.map(({ recordedAt }) => recordedAt);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(['run.created', 'run.started', undefined]).toContain(events[0]?.type);
        expect(state?.seq ?? 0).toBe(events.length);
        expect([...RUN_STATUSES, undefined]).toContain(state?.status);
      }),
    );
  });

  it('has counts that a recount confirms', () => {
    fc.assert(
      fc.property(fc.array(claims), (history) => {
        const { document, events } = fold(history);
        const count = (type: string) => events.filter((event) => event.type === type).length;
        const messages = count('run.message');
        expect(document.message_count ?? 0).toBe(messages);
        expect(document.tool_call_count ?? 0).toBe(count('tool.call'));
        expect(document.late_count ?? 0).toBe(events.filter(({ late }) => late).length);
        expect(document.usage?.input_tokens ?? 0).toBe(messages);
        const cost = document.usage?.cost?.['unspecified'] ?? '0';
        expect(cost).toBe(String(messages / 10));
      }),
    );
  });
});
