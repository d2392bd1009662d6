import { describe, expect, it } from 'vitest';
import { readTraces } from './read-traces.js';
import { createPace } from './pace.js';
import {
  BATCH_BYTES_MAX,
  batchesOf,
  EVENT_BYTES_MAX,
  faultOfTrace,
  keyedEvents,
} from './trace-batches.js';
import type { Trace } from './trace.js';

function traceOf(...contents: string[]): Trace {
  const traj = contents.map((content) => ({ role: 'user', content }));
  const [trace] = readTraces(JSON.stringify({ traj }), 'x.json').traces;
  if (trace === undefined) throw new Error('no trace');
  return trace;
}

describe('the events of a trace', () => {
  it('have keys made from the run and their place behind run.started', () => {
    const trace = traceOf('a', 'b');
    const keys = keyedEvents(trace).map(({ idempotency_key: key }) => key);
    expect(keys).toEqual([2, 3, 4].map((seq) => `${trace.runId}:${seq}`));
  });

  it('are cut into batches by count and by bytes, all of them and in order', () => {
    const many = keyedEvents(traceOf(...Array.from({ length: 250 }, (_, at) => `m${at}`)));
    expect(batchesOf(many).map(({ length }) => length)).toEqual([100, 100, 51]);
    expect(batchesOf(many).flat()).toEqual(many);
    const large = keyedEvents(traceOf(...Array.from({ length: 7 }, () => 'x'.repeat(200_000))));
    expect(batchesOf(large).map(({ length }) => length)).toEqual([2, 2, 2, 2]);
    for (const batch of batchesOf(large)) {
      expect(JSON.stringify(batch).length).toBeLessThan(BATCH_BYTES_MAX);
    }
  });

  it('are refused before any is sent when one is too large, and named', () => {
    expect(faultOfTrace(traceOf('x'.repeat(EVENT_BYTES_MAX - 200)))).toBeNull();
    expect(faultOfTrace(traceOf('a', 'é'.repeat(EVENT_BYTES_MAX / 2)))).toMatch(
      /^event 3 \(run.message\) has \d+ bytes; the largest event has 261120$/,
    );
  });

  it('are refused when JSON cannot carry a number exactly', () => {
    const text = '{"traj":[{"role":"user","content":[{"n":12345678901234567890}]}]}';
    const [trace] = readTraces(text, 'x.json').traces;
    expect(trace && faultOfTrace(trace)).toContain(
      'payload/content/0/n: expected a number between',
    );
  });
});

describe('a pace', () => {
  it('lets so many events a second through, however they are batched', async () => {
    let now = 0;
    const slept: number[] = [];
    const pace = createPace(
      100,
      () => now,
      async (ms) => {
        slept.push(ms);
        now += ms;
      },
    );
    const { signal } = new AbortController();
    for (const events of [50, 10, 10]) await pace(events, signal);
    expect(slept).toEqual([500, 100]);
    now += 10_000;
    await pace(50, signal);
    expect(slept).toHaveLength(2);
  });
});
