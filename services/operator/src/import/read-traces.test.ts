import { describe, expect, it } from 'vitest';
import { readTraces } from './read-traces.js';

const whyNot = (text: string): string => {
  const { traces, refused } = readTraces(text, 'file.json');
  expect(traces).toEqual([]);
  return refused.map(({ why }) => why).join();
};

describe('files that are no traces', () => {
  it.each([
    ['', 'not JSON'],
    ['{"traj":', 'not JSON'],
    ['{"traj": NaN}', 'not JSON'],
    ['[]', 'an empty list'],
    ['42', 'it is 42'],
    ['null', 'it is null'],
    ['{}', 'it is an empty object'],
    ['{"info":{},"tasks":[],"simulations":[]}', 'it is an object with info, tasks, simulations'],
    [
      '{"messages":[],"trajectory_format":"mini"}',
      'it is an object with messages, trajectory_format',
    ],
    ['{"traj":"text"}', 'neither tau-bench nor SWE-agent'],
    ['{"traj":[1,2]}', 'neither tau-bench nor SWE-agent'],
    ['{"trajectory":[{"x":1}]}', 'neither tau-bench nor SWE-agent'],
    ['{"trajectory":[]}', 'neither tau-bench nor SWE-agent'],
    ['{"history":[{"date":"today"}]}', 'neither tau-bench nor SWE-agent'],
    ['[{"a":1},{"b":2}]', 'a list of 2, where the first: it is an object with a'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'nested deeper'],
  ])('are refused with the reason: %.40s', (text, why) => {
    expect(whyNot(text)).toContain(why);
  });

  it('do not keep the others in a list from being read', () => {
    const { traces, refused } = readTraces('[{"traj":[]},{"other":1},{"traj":[]}]', 'mixed.json');
    expect(traces).toHaveLength(2);
    expect(refused).toEqual([
      { where: '[1]', why: expect.stringContaining('with other') as string },
    ]);
  });
});
