import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { CHUNK_EVENTS, chunkOf, decodeLine, encodeLine, firstSeqOf, linesOf } from './timeline.js';

const BASE = { createdAt: 1_700_000_000_000, first: 1000 };

describe('a line of a timeline', () => {
  it('reads back as it was written, and stays one line', () => {
    fc.assert(
      fc.property(
        fc.record({
          seq: fc.integer({ min: 1, max: 1e9 }),
          type: fc.string({ minLength: 1 }),
          schemaVersion: fc.integer({ min: 1, max: 9 }),
          dataText: fc.json(),
          idempotencyKey: fc.option(fc.string({ minLength: 1 })),
          recordedAt: fc.integer({ min: 0, max: 1e9 }).map((ms) => BASE.createdAt + ms),
          late: fc.boolean(),
          offset: fc.integer({ min: BASE.first, max: 1e12 }),
          expectedSeq: fc.option(fc.integer({ min: 0, max: 1e9 })),
        }),
        ({ dataText, offset, expectedSeq, ...rest }) => {
          const data = JSON.parse(dataText) as never;
          const event = { ...rest, data };
          const source = { event, offset, expectedSeq, dataText: JSON.stringify(data) };
          const line = encodeLine(BASE, source);
          expect(line).not.toContain('\n');
          const read = decodeLine(BASE, rest.seq, line);
          expect(read).toEqual({ ...event, data, offset, expectedSeq });
        },
      ),
    );
  });

  it('is short for a plain event', () => {
    const event = {
      seq: 7,
      type: 'run.delta',
      schemaVersion: 1,
      data: { text: 'hi' },
      idempotencyKey: null,
      recordedAt: BASE.createdAt + 42,
      late: false,
    };
    const source = { event, offset: 1010, expectedSeq: null, dataText: '{"text":"hi"}' };
    expect(encodeLine(BASE, source)).toBe('["run.delta",42,10,0,0,{"text":"hi"}]');
  });
});

describe('chunks', () => {
  it('hold a fixed number of events, the first ones from 1 on', () => {
    expect([1, CHUNK_EVENTS, CHUNK_EVENTS + 1].map(chunkOf)).toEqual([0, 0, 1]);
    for (const chunk of [0, 1, 17]) expect(chunkOf(firstSeqOf(chunk))).toBe(chunk);
  });

  it('are read whatever the commits that wrote them', () => {
    expect(linesOf(['a\nb', 'c'])).toEqual(['a', 'b', 'c']);
    expect(linesOf([])).toEqual([]);
  });
});
