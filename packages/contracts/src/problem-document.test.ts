import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf } from './faults.js';
import {
  fieldProblemsOf,
  problemDocument,
  problemDocumentSchema,
  ProblemError,
} from './problem-document.js';
import { problemOfRefusal } from './refusal-problem.js';
import { REFUSAL_CODES } from './verdict.js';

describe('a problem document', () => {
  it('has the members of RFC 9457, the flat ones, and those of the occurrence', () => {
    const document = problemDocument('sequence_conflict', {
      detail: 'It moved.',
      instance: '/x',
      extras: { actual_seq: 7 },
    });
    expect(document).toEqual({
      type: 'urn:refold:problem:sequence_conflict',
      title: 'The stream has moved on',
      status: 409,
      detail: 'It moved.',
      instance: '/x',
      code: 'sequence_conflict',
      error: 'conflict',
      message: 'It moved.',
      actual_seq: 7,
    });
    expect(problemDocumentSchema.safeParse(document).success).toBe(true);
  });

  it('leaves out what the occurrence does not have', () => {
    const document = problemDocument('not_found', { detail: 'No run.' });
    expect(Object.keys(document).sort()).toEqual(
      ['code', 'detail', 'error', 'message', 'status', 'title', 'type'].sort(),
    );
  });
});

describe('a problem error', () => {
  it('carries its code, its cause and when to retry', () => {
    const cause = new Error('away');
    const error = new ProblemError('log_unavailable', { detail: 'The log is away.', cause });
    expect(error).toMatchObject({ message: 'The log is away.', status: 503, retryAfterSeconds: 2 });
    expect(error.cause).toBe(cause);
    expect(error.document('/y')).toMatchObject({ instance: '/y', code: 'log_unavailable' });
    expect(error.document('/y')).not.toHaveProperty('cause');
  });

  it('may say when to retry itself, or not at all', () => {
    const late = new ProblemError('overloaded', { detail: 'Full.', retryAfterSeconds: 9 });
    expect(late.retryAfterSeconds).toBe(9);
    expect(new ProblemError('not_found', { detail: 'No.' }).retryAfterSeconds).toBeUndefined();
  });
});

describe('field problems', () => {
  it('name each member by its pointer, unknown ones too', () => {
    const schema = z.strictObject({ a: z.strictObject({ 'b/c': z.int() }), n: z.literal('x') });
    const parsed = schema.safeParse({ a: { 'b/c': 1.5, more: 1, yet: 2 }, n: 'y' });
    const problems = parsed.success ? [] : fieldProblemsOf(faultsOf(parsed.error), '/base');
    expect(problems).toEqual([
      { field: '/base/a/b~1c', expected: 'an integer' },
      { field: '/base/a/more', expected: 'no member of this name' },
      { field: '/base/a/yet', expected: 'no member of this name' },
      { field: '/base/n', expected: 'one of "x"' },
    ]);
  });

  it('say what a bound is', () => {
    const schema = z.object({
      t: z.string().max(3),
      n: z.number().min(2),
      l: z.array(z.string()).min(1),
      b: z.boolean(),
    });
    const parsed = schema.safeParse({ t: 'abcd', n: 1, l: [] });
    const problems = parsed.success ? [] : fieldProblemsOf(faultsOf(parsed.error));
    expect(problems.map(({ expected }) => expected)).toEqual([
      'at most 3 characters',
      'at least 2',
      'at least 1 elements',
      'true or false',
    ]);
  });
});

describe('a refusal', () => {
  it.each(REFUSAL_CODES)('%s is answered with the problem of the same name', (code) => {
    const error = problemOfRefusal(code, {});
    expect(error.code).toBe(code);
    expect(error.retryAfterSeconds).toBeUndefined();
  });

  it('keeps what the verdict says', () => {
    const conflict = problemOfRefusal('sequence_conflict', { expected_seq: 3, actual_seq: 7 });
    expect(conflict.document()).toMatchObject({
      expected_seq: 3,
      actual_seq: 7,
      detail: 'expected_previous_seq is 3, the last event is 7.',
    });
    const data = problemOfRefusal('invalid_data', { pointer: '/status', expected: 'a text' });
    expect(data.document().errors).toEqual([{ field: '/payload/status', expected: 'a text' }]);
    const transition = problemOfRefusal('invalid_transition', {
      from: 'failed',
      transition: 'start',
    });
    expect(transition.document()).toMatchObject({ from: 'failed', transition: 'start' });
    expect(problemOfRefusal('idempotency_conflict', { seq: 4 }).document()).toMatchObject({
      seq: 4,
    });
    expect(problemOfRefusal('idempotency_conflict', {}).document()).not.toHaveProperty('seq');
  });
});
