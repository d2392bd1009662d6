import { describe, expect, it } from 'vitest';
import { sentenceOf, wordsOf, type Refused } from './refusal-words.js';

const skipsOpen = (partition: number): Refused => ({
  reason: 'skips_open',
  partition,
  generation: 2,
  skips: 1,
});

describe('refusals in words', () => {
  it('say each reason once, with the partitions that it is about', () => {
    const refusals: Refused[] = [
      skipsOpen(0),
      { reason: 'behind', partition: 1, lag: 1_200 },
      skipsOpen(3),
    ];
    const told = sentenceOf(refusals);
    expect(told).toMatch(
      /^partitions 0, 3: in generation 2 .*; partition 1: .*1200 offsets behind/,
    );
    expect(told.match(/refold verify/g)).toHaveLength(1);
  });

  it('of all partitions name none', () => {
    const told = sentenceOf([{ reason: 'unknown_generation', partition: null }]);
    expect(told).toBe('there is no such generation: refold generations lists them.');
  });

  it('of a generation that lacks what was mended in the live one say that, and what to do', () => {
    const parked = { partition: 0, field: '/parked', old: null, new: '4' };
    const verdicts = ['run/a', 'run/b'].map((stream) => ({ ...parked, stream }));
    const differ = { reason: 'verdicts_differ' as const, partition: 0, differing: 2 };
    expect(wordsOf({ ...differ, verdicts })).toMatch(
      /^run\/a and 1 more would stand parked again: a redrive, rewind or repair .* live generation alone.*refold drop.*refold reproject$/,
    );
    const other = [{ ...parked, stream: 'run/a', field: '/state/seq', old: '2', new: '3' }];
    expect(wordsOf({ ...differ, verdicts: other })).toContain('refold rules change');
  });

  it('name the command that goes on from there', () => {
    expect(wordsOf({ reason: 'rolled_back', partition: 1, from: 2, to: 1 })).toContain(
      'refold swap 2',
    );
    expect(
      wordsOf({ reason: 'differences_not_accepted', partition: null, digest: 'abc' }),
    ).toContain('--accept abc');
  });
});
