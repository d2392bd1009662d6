import { noWrites } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { commitArguments } from './commit-arguments.js';

const prefixes = { key: 'n:{s}:', channel: 'n:' };

describe('commitArguments', () => {
  it('declares checkpoint and counters, and counts nothing where nothing is written', () => {
    expect(commitArguments('sha', prefixes, null, 'c1', noWrites(), [])).toEqual(
      ['sha', '2', 'n:{s}:checkpoint', 'n:{s}:counters', '0', '', 'c1', ''].concat(
        Array<string>(9).fill('0'),
      ),
    );
  });

  it('groups the writes of one name and declares every key', () => {
    const writes = noWrites();
    writes.set.push(['d', 'v']);
    writes.push.push(['l', '1'], ['m', '2'], ['l', '3']);
    writes.putField.push(['h', 'f', 'v']);
    writes.dropField.push(['h', 'g']);
    writes.rank.push(['i', 'a', 5], ['i', 'b', -1]);
    writes.unrank.push(['i', 'c']);
    writes.count.push(['n', -2]);
    writes.remove.push('x');
    const notices = [{ channel: 'ch', message: 'hello' }];
    const args = commitArguments('sha', prefixes, 'c0', 'c1', writes, notices);
    const keys = ['checkpoint', 'counters', 'd', 'l', 'm', 'h', 'h', 'i', 'i', 'x'];
    expect(args.slice(0, 12)).toEqual(['sha', '10', ...keys.map((key) => `n:{s}:${key}`)]);
    expect(args.slice(12).join(' ')).toBe(
      '1 c0 c1 n:ch 1 v 2 2 1 3 1 2 1 2 f v 1 1 g 1 4 5 a -1 b 1 1 c 1 n -2 1 1 n:ch hello',
    );
  });
});
