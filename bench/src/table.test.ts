import { expect, it } from 'vitest';
import { markdownTable } from './table.js';

it('a table is aligned, and its cells are text', () => {
  const table = {
    head: ['a', 'what'],
    rows: [
      ['one | two', '≥ 1'],
      ['x', 'p_50'],
    ],
  };
  expect(markdownTable(table)).toBe(
    [
      '| a          | what  |',
      '| ---------- | ----- |',
      '| one \\| two | ≥ 1   |',
      '| x          | p\\_50 |',
    ].join('\n'),
  );
});
