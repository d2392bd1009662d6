import { describe, expect, it } from 'vitest';
import { parseSubject, streamIdSchema, subjectOf } from './ids.js';
import { topicLayout, topicNames, topicOfKind } from './topics.js';

describe('subjects', () => {
  it('are read as they are written', () => {
    expect(parseSubject(subjectOf('run', 'a.b_c:d-1'))).toEqual({
      kind: 'run',
      streamId: 'a.b_c:d-1',
    });
    expect(parseSubject('worker/w')).toEqual({ kind: 'worker', streamId: 'w' });
    expect(parseSubject('operation/o')).toEqual({ kind: 'operation', streamId: 'o' });
  });

  it.each(['run', 'run/', '/r', 'job/r', 'run/a b', 'run/a/b', 'Run/a', `run/${'x'.repeat(129)}`])(
    'refuses %s',
    (subject) => expect(parseSubject(subject)).toBeNull(),
  );
});

describe('stream IDs', () => {
  it('are bounded, and a line feed does not slip through', () => {
    expect(streamIdSchema.safeParse('x'.repeat(128)).success).toBe(true);
    expect(streamIdSchema.safeParse('x'.repeat(129)).success).toBe(false);
    expect(streamIdSchema.safeParse('x\n').success).toBe(false);
    expect(streamIdSchema.safeParse('').success).toBe(false);
  });
});

describe('topics', () => {
  it('carry one kind of stream each, under one prefix', () => {
    const names = topicNames('t7');
    expect(topicOfKind(names, 'run')).toBe('t7.runs');
    expect(topicOfKind(names, 'worker')).toBe('t7.workers');
    expect(topicOfKind(names, 'operation')).toBe('t7.operations');
    expect(topicNames().deadLetters).toBe('refold.dead-letters');
  });

  it('that carry streams have the partitions of the installation, the dead letters one', () => {
    expect(topicLayout(topicNames('t7'), 5)).toEqual([
      { name: 't7.runs', partitions: 5 },
      { name: 't7.workers', partitions: 5 },
      { name: 't7.operations', partitions: 5 },
      { name: 't7.dead-letters', partitions: 1 },
    ]);
  });
});
