import type { JsonValue } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { accept, acceptAll, claimOf, judge } from './claims.fixture.js';
import { SchemaVersionUnknown } from './decider.js';
import type { Judged } from './decide.js';

const owned = accept(null, claimOf('run.started', { owner_user_id: 5 })).state;
const running = accept(null, claimOf('run.started')).state;
const failed = acceptAll([
  claimOf('run.started'),
  claimOf('run.finished', { status: 'failed' }),
]).state;

const rejected = (code: string, detail: object, replayed = false) => ({
  kind: 'rejected',
  code,
  detail,
  replayed,
});

const judgedEvent = (sameContent: boolean): Judged => ({
  first: { seq: 3, status: 'running', recordedAt: 77 },
  sameContent,
});
const judgedRefusal = (sameContent: boolean): Judged => ({
  first: { code: 'not_found', detail: {} },
  sameContent,
});

/** Wrong in every respect: each test takes the outermost fault away. */
const worst = claimOf('run.finished', { status: 'nope' }, { principal: 'user:6', expectedSeq: 9 });

describe('decide, in its order', () => {
  it('0: forbidden outranks everything', () => {
    for (const judged of [null, judgedEvent(true), judgedEvent(false), judgedRefusal(true)]) {
      expect(judge(owned, worst, judged)).toEqual(rejected('forbidden', {}));
    }
  });

  it('1: the same content gets the first verdict again, other content a conflict', () => {
    const claim = { ...worst, principal: 'user:5' };
    expect(judge(owned, claim, judgedEvent(true))).toEqual({
      kind: 'duplicate',
      seq: 3,
      status: 'running',
      recordedAt: 77,
    });
    expect(judge(owned, claim, judgedEvent(false))).toEqual(
      rejected('idempotency_conflict', { seq: 3 }),
    );
    expect(judge(owned, claim, judgedRefusal(true))).toEqual(rejected('not_found', {}, true));
    expect(judge(owned, claim, judgedRefusal(false))).toEqual(rejected('idempotency_conflict', {}));
  });

  it('1: holds for streams that do not exist, and for a creating claim refused before', () => {
    expect(judge(null, claimOf('run.started'), judgedRefusal(true))).toEqual(
      rejected('not_found', {}, true),
    );
  });

  it('2: a stream that is unknown is not created by just any claim', () => {
    const claim = claimOf('run.finished', { status: 'nope' }, { expectedSeq: 9 });
    expect(judge(null, claim)).toEqual(rejected('not_found', {}));
    expect(judge(null, claimOf('my.own'))).toEqual(rejected('not_found', {}));
    expect(judge(null, claimOf('worker.heartbeat', null, { kind: 'worker' }))).toEqual(
      rejected('not_found', {}),
    );
  });

  it('2: an append never creates', () => {
    expect(judge(null, claimOf('run.started', null, { appendOnly: true }))).toEqual(
      rejected('not_found', {}),
    );
    expect(judge(running, claimOf('run.started', null, { appendOnly: true }))).toMatchObject({
      kind: 'accepted',
    });
  });

  it('2: a closed stream refuses whatever is new, however wrong it is', () => {
    const archived = accept(failed, claimOf('run.archived')).state;
    for (const claim of [
      claimOf('my.own'),
      claimOf('run.created'),
      claimOf('run.archived', null, { expectedSeq: 3 }),
      { ...worst, principal: null },
    ]) {
      expect(judge(archived, claim)).toEqual(rejected('run_archived', {}));
    }
    expect(judge(archived, claimOf('my.own'), judgedEvent(true)).kind).toBe('duplicate');
    expect(judge(archived, claimOf('my.own'), judgedRefusal(true))).toEqual(
      rejected('not_found', {}, true),
    );
    expect(judge(running, claimOf('run.archived'))).toEqual(
      rejected('invalid_transition', { from: 'running', transition: 'archive' }),
    );
  });

  it('3: the expected sequence must be the last one', () => {
    const claim = claimOf('run.finished', { status: 'nope' }, { expectedSeq: 0 });
    expect(judge(failed, claim)).toEqual(
      rejected('sequence_conflict', { expected_seq: 0, actual_seq: 2 }),
    );
    expect(judge(null, claimOf('run.created', null, { expectedSeq: 4 }))).toEqual(
      rejected('sequence_conflict', { expected_seq: 4, actual_seq: 0 }),
    );
    expect(judge(null, claimOf('run.created', null, { expectedSeq: 0 })).kind).toBe('accepted');
    expect(judge(failed, claimOf('my.own', null, { expectedSeq: 2 })).kind).toBe('accepted');
  });

  it('4: data of a known type must be valid, whatever the status', () => {
    expect(judge(failed, claimOf('run.finished', { status: 'nope' }))).toEqual(
      rejected('invalid_data', {
        pointer: '/status',
        expected: 'one of "succeeded", "failed", "canceled", "cancelled"',
      }),
    );
  });

  it('4: numbers and nesting are bounded in unknown types too', () => {
    const tooBig = JSON.parse('{"a":[9007199254740993]}') as JsonValue;
    expect(judge(running, claimOf('my.own', tooBig))).toMatchObject({
      code: 'invalid_data',
      detail: { pointer: '/a/0' },
    });
    const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const tooDeep = claimOf('my.own', null, { data: JSON.parse(text) as JsonValue, dataText: '' });
    expect(judge(running, tooDeep)).toMatchObject({ code: 'invalid_data' });
  });

  it('5: the status must allow it', () => {
    expect(judge(failed, claimOf('run.started'))).toEqual(
      rejected('invalid_transition', { from: 'failed', transition: 'start' }),
    );
    expect(judge(running, claimOf('run.created'))).toEqual(
      rejected('invalid_transition', { from: 'running', transition: 'create' }),
    );
  });

  it('6: what is left is accepted, with the status that follows', () => {
    expect(judge(null, claimOf('run.created'))).toEqual({ kind: 'accepted', status: 'created' });
    expect(judge(null, claimOf('run.started'))).toEqual({ kind: 'accepted', status: 'running' });
    expect(judge(running, claimOf('my.own', { any: 'thing' }))).toEqual({
      kind: 'accepted',
      status: 'running',
    });
    expect(judge(owned, { ...claimOf('my.own'), principal: 'user:5' }).kind).toBe('accepted');
  });
});

describe('a schema version that this build lacks', () => {
  it('is no verdict: it throws, so that the caller stops', () => {
    const claim = claimOf('run.finished', { status: 'failed' }, { schemaVersion: 2 });
    expect(() => judge(running, claim)).toThrow(SchemaVersionUnknown);
  });

  it('does not matter for types it does not know', () => {
    expect(judge(running, claimOf('my.own', null, { schemaVersion: 9 })).kind).toBe('accepted');
  });
});
