import { describe, expect, it } from 'vitest';
import { parseResetFile } from './reset-file.js';

describe('a file of offsets', () => {
  it('says where each partition of the topic goes, and other topics are left out', () => {
    const file = 'refold.runs,0,12\nrefold.workers,0,3\r\n\n"refold.runs",2,0\n';
    expect(parseResetFile(file, 'refold.runs')).toEqual(
      new Map([
        [0, 12],
        [2, 0],
      ]),
    );
  });

  it.each([
    ['a row without an offset', 't,0'],
    ['a negative offset', 't,0,-1'],
    ['a partition twice', 't,0,1\nt,0,1'],
    ['an offset beyond 2^53', 't,0,9007199254740993'],
    ['a heading', 'topic,partition,offset\nt,0,1'],
    ['no row of the topic', 'other,0,1'],
    ['nothing', ''],
    ['too much', 't,0,1\n'.padEnd(1_048_577, '\n')],
  ])('with %s is refused', (_what, file) => {
    expect(() => parseResetFile(file, 't')).toThrow(
      expect.objectContaining({ name: 'ArgumentRefused', field: 'file' }),
    );
  });
});
