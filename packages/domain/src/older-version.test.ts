import { describe, expect, it } from 'vitest';
import { eventDefinitionsOf, STREAM_KINDS, type EventDefinition } from '@refold/contracts';
import { CHAIN_START, chainHash } from './chain-hash.js';
import { claimOf } from './claims.fixture.js';
import { schemaRulesBy } from './data-fault.js';
import { decide } from './decide.js';
import { SchemaVersionUnknown, type Rules } from './decider.js';
import { evolve } from './evolve.js';
import { runRules } from './run/rules.js';
import { runView } from './run/view.js';

const definitionOf = (type: string): EventDefinition => eventDefinitionsOf('run').get(type)!;

/** `run.finished` as it might have begun: in the shapes of two other events, now with a status. */
const finished: EventDefinition = {
  ...definitionOf('run.finished'),
  schemaVersion: 3,
  older: [
    {
      schema: definitionOf('tool.result').schema,
      upcast: (data) => ({ role: (data as { tool_call_id: string }).tool_call_id, content: null }),
    },
    {
      schema: definitionOf('run.message').schema,
      upcast: (data) => ({
        status: (data as { role: string }).role === 'good' ? 'succeeded' : 'failed',
      }),
    },
  ],
};
const rules: Rules = {
  ...runRules,
  ...schemaRulesBy(new Map([...eventDefinitionsOf('run'), ['run.finished', finished]])),
};
const { state } = evolve(rules, null, claimOf('run.started'), 'running');
const ending = (schemaVersion: number, data: object) =>
  claimOf('run.finished', data as never, { id: 'e-2', schemaVersion });

describe('an event of an older version', () => {
  it.each([
    [1, { tool_call_id: 'bad' }, 'failed'],
    [1, { tool_call_id: 'good' }, 'succeeded'],
    [2, { role: 'bad', content: 1 }, 'failed'],
    [3, { status: 'failed' }, 'failed'],
  ])('of version %i with %j is judged and seen as the newest', (version, data, status) => {
    const claim = ending(version, data);
    expect(decide(rules, state, claim, null)).toEqual({ kind: 'accepted', status });
    const evolved = evolve(rules, state, claim, status);
    const before = runView.initial('s-1');
    const document = runView.evolve(before, { ...evolved.event, seq: 2 }, evolved.state);
    expect(document.finished).toEqual({ status });
    expect(evolved.event.data).toMatchObject({ status });
  });

  it('keeps the chain hash and the version of what was written', () => {
    const claim = ending(1, { tool_call_id: 'good' });
    const { event, state: after } = evolve(rules, state, claim, 'succeeded');
    expect(event.schemaVersion).toBe(1);
    const first = chainHash(CHAIN_START, 1, 'run.started', null, 'null');
    expect(after.chain).toBe(chainHash(first, 2, 'run.finished', null, '{"tool_call_id":"good"}'));
    expect(claim.data).toEqual({ tool_call_id: 'good' });
  });

  it('is held to the schema of its own version', () => {
    for (const [version, data] of [
      [1, { status: 'failed' }],
      [2, { tool_call_id: 'good' }],
      [3, { role: 'good', content: null }],
    ] as const) {
      const decision = decide(rules, state, ending(version, data), null);
      expect(decision).toMatchObject({ kind: 'rejected', code: 'invalid_data' });
    }
  });

  it('is refused by name when it is newer than this build', () => {
    const judge = () => decide(rules, state, ending(4, {}), null);
    expect(judge).toThrow(SchemaVersionUnknown);
    expect(judge).toThrow(/run\.finished has schema version 4, this build knows 3: deploy/);
  });

  it('would be judged wrongly without its step', () => {
    const unstepped: Rules = { ...rules, newestDataOf: (_type, _version, data) => data };
    const decision = decide(unstepped, state, ending(1, { tool_call_id: 'bad' }), null);
    expect(decision).not.toEqual({ kind: 'accepted', status: 'failed' });
  });
});

describe('the catalogue', () => {
  it('has every older version of every type, so that no log is unreadable', () => {
    for (const kind of STREAM_KINDS) {
      for (const { type, schemaVersion, older } of eventDefinitionsOf(kind).values()) {
        expect(older, type).toHaveLength(schemaVersion - 1);
      }
    }
  });
});
