import { describe, expect, it } from 'vitest';
import { BadArguments, FULL, isFull, readOptions } from './bench-options.js';
import type { BenchOptions } from './bench-options.js';

const read = (...args: string[]): BenchOptions => {
  const options = readOptions(args);
  if (options === 'help') throw new Error('help was read');
  return options;
};

describe('the command line', () => {
  it('measures everything at full size unless it says otherwise', () => {
    const options = read();
    expect(options).toMatchObject({ part: 'all', pairs: FULL.pairs, json: false });
    expect(isFull(options)).toBe(true);
  });

  it('names a part and sizes', () => {
    expect(read('replay', '--pairs', '1', '--records', '500', '--json')).toEqual({
      part: 'replay',
      pairs: 1,
      records: 500,
      seconds: 3,
      json: true,
    });
  });

  it.each([
    ['a part', ['write-path']],
    ['fewer pairs', ['--pairs', '4']],
    ['fewer records', ['--records', '1000']],
    ['shorter loads', ['--seconds', '1']],
  ])('of %s may not write the page', (_, args) => {
    expect(isFull(read(...args))).toBe(false);
  });

  it('of more than full size may', () => {
    expect(isFull(read('all', '--pairs', String(FULL.pairs + 2), '--records', '1000000'))).toBe(
      true,
    );
  });

  it.each([
    [['--pairs', '0']],
    [['--pairs', 'two']],
    [['--records', '1.5']],
    [['everything']],
    [['replay', 'write-path']],
    [['--unknown']],
  ])('refuses %j', (args) => {
    expect(() => readOptions(args)).toThrow(BadArguments);
  });

  it('gives help whatever else it says', () => {
    expect(readOptions(['replay', '--help'])).toBe('help');
  });
});
