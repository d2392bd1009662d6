import { partitionOf } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import type { Projection } from '../projection.js';
import { resolveVerb } from './verb.js';
import type { Verb } from './verb.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 'refold.runs',
  kinds: ['run'],
  partitions: 4,
  generation: 1,
};
const POSITION = { start: 10, end: 120, next: 100 };

const resolve = (verb: Verb, scope: number[] | null = null) =>
  resolveVerb(verb, PROJECTION, scope, 1_000_000_000);
const target = (verb: Verb, since: number | null = null) =>
  resolve(verb).target(1, POSITION, since);

describe('a verb', () => {
  it.each<[Verb, number]>([
    [{ verb: 'to-earliest' }, 10],
    [{ verb: 'to-latest' }, 120],
    [{ verb: 'to-current' }, 100],
    [{ verb: 'to-offset', offset: 0 }, 0],
    [{ verb: 'to-offset', offset: 200 }, 200],
    [{ verb: 'shift-by', shift: -30 }, 70],
    [{ verb: 'shift-by', shift: 5 }, 105],
    [{ verb: 'shift-by', shift: -1000 }, 0],
    [{ verb: 'from-file', file: 'refold.runs,1,42' }, 42],
  ])('%o takes a partition to %i', (verb, offset) => expect(target(verb)).toBe(offset));

  it('that names a time asks the log for it, and where nothing came since takes nothing back', () => {
    const verb: Verb = { verb: 'by-duration', duration: 'PT1S' };
    expect(resolve(verb).timeMs).toBe(999_999_000);
    expect(resolve({ verb: 'to-datetime', datetime: '1970-01-01T00:00:01' }).timeMs).toBe(1000);
    expect(resolve({ verb: 'to-earliest' }).timeMs).toBeNull();
    expect(target(verb, 50)).toBe(50);
    expect(target(verb, 110)).toBe(110);
    expect(target(verb, 120)).toBe(100);
    expect(target(verb, 125)).toBe(100);
  });

  it('since a time may end at another one', () => {
    const datetime = '1970-01-01T00:00:01';
    const until = '1970-01-01T00:00:03';
    expect(resolve({ verb: 'to-datetime', datetime, until }).untilMs).toBe(3_000);
    expect(resolve({ verb: 'to-datetime', datetime }).untilMs).toBeNull();
    expect(resolve({ verb: 'to-earliest' }).untilMs).toBeNull();
  });

  it('is for all partitions, for those it is narrowed to, or for those of its file', () => {
    expect(resolve({ verb: 'to-earliest' }).partitions).toEqual([0, 1, 2, 3]);
    expect(resolve({ verb: 'to-earliest' }, [3, 1]).partitions).toEqual([1, 3]);
    const file = 'refold.runs,3,1\nrefold.runs,0,1';
    expect(resolve({ verb: 'from-file', file }).partitions).toEqual([0, 3]);
  });

  it('for one run is for the partition it lies on', () => {
    const home = partitionOf('run-7', 4);
    const resolved = resolve({ verb: 'run', subject: 'run/run-7' });
    expect(resolved).toMatchObject({ partitions: [home], subjects: ['run/run-7'] });
  });
});

describe('an argument that makes no sense', () => {
  const elsewhere = (partitionOf('run-7', 4) + 1) % 4;
  it.each<[string, Verb, number[] | null]>([
    ['offset', { verb: 'to-offset', offset: -1 }, null],
    ['offset', { verb: 'to-offset', offset: 1.5 }, null],
    ['shift', { verb: 'shift-by', shift: Number.NaN }, null],
    ['datetime', { verb: 'to-datetime', datetime: 'noon' }, null],
    ['duration', { verb: 'by-duration', duration: '1h' }, null],
    ['until', { verb: 'by-duration', duration: 'PT1H', until: 'noon' }, null],
    ['until', { verb: 'by-duration', duration: 'PT1S', until: '1970-01-12T13:46:39' }, null],
    ['file', { verb: 'from-file', file: 'refold.runs,4,1' }, null],
    ['file', { verb: 'from-file', file: 'refold.runs,1,1' }, [0]],
    ['subject', { verb: 'run', subject: 'run-7' }, null],
    ['subject', { verb: 'run', subject: 'worker/w' }, null],
    ['partitions', { verb: 'run', subject: 'run/run-7' }, [elsewhere]],
    ['partitions', { verb: 'to-earliest' }, [4]],
    ['partitions', { verb: 'to-earliest' }, []],
  ])('is refused by its name: %s of %o in %o', (field, verb, scope) => {
    expect(() => resolve(verb, scope)).toThrow(
      expect.objectContaining({ name: 'ArgumentRefused', field }),
    );
  });
});
