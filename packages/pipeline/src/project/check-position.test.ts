import { createMemoryEventLog } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { lastRecordOf } from '../fold/fold-cut.js';
import type { Projection } from '../projection.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { checkPosition } from './check-position.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 1,
  generation: 1,
};

async function openLog(...values: string[]) {
  let now = 1000;
  const clock = { now: () => now++ };
  const log = createMemoryEventLog({ clock: () => clock.now() });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  const append = (...more: string[]) => {
    for (const value of more) log.appendForeign('t', 0, { key: 'k', value });
  };
  append(...values);
  return { log, append, clock };
}

type Log = Awaited<ReturnType<typeof openLog>>['log'];

/** The checkpoint of somebody who has folded everything there is. */
async function foldedAll(log: Log): Promise<Checkpoint> {
  const { end } = await log.range('t', 0);
  const last = log.records('t', 0).at(-1);
  return {
    format: 3,
    next: end,
    decider: 1,
    views: 'run@1',
    role: 'live',
    time: last?.timestamp ?? 0,
    last: last === undefined ? null : lastRecordOf(last),
    commitId: 'c',
  };
}

const check = (log: Log, checkpoint: Checkpoint | null) =>
  checkPosition(log, PROJECTION, 0, checkpoint);

describe('checkPosition', () => {
  it('accepts a new slot, and a checkpoint anywhere in the log it was folded from', async () => {
    const { log, append } = await openLog();
    expect(await check(log, null)).toEqual({ start: 0, end: 0 });
    append('a', 'b');
    const checkpoint = await foldedAll(log);
    append('c');
    expect(await check(log, checkpoint)).toEqual({ start: 0, end: 3 });
    log.truncateTail('t', 0, 3);
    expect(await check(log, checkpoint)).toEqual({ start: 0, end: 3 });
  });

  it('stops at a log that ends before the checkpoint or begins behind it', async () => {
    const { log, append } = await openLog('a', 'b');
    const checkpoint = await foldedAll(log);
    log.truncateTail('t', 0, 1);
    await expect(check(log, checkpoint)).rejects.toMatchObject({ code: 'checkpoint_beyond_end' });
    append('c', 'd', 'e');
    log.deleteHead('t', 0, 3);
    await expect(check(log, checkpoint)).rejects.toMatchObject({ code: 'log_head_missing' });
    await expect(check(log, null)).rejects.toMatchObject({ code: 'log_head_missing' });
  });

  it.each([
    ['other content', 'x', 1],
    ['another append time', 'b', 1],
    ['the same content and time under a later leader', 'b', 0],
  ])('stops at a log whose last folded record has %s', async (_, value, later) => {
    const { log, append, clock } = await openLog('a', 'b');
    const checkpoint = await foldedAll(log);
    log.truncateTail('t', 0, 1);
    clock.now = () => checkpoint.time + later;
    append(value, 'c');
    await expect(check(log, checkpoint)).rejects.toMatchObject({ code: 'log_replaced' });
  });

  it('stops when a record stands where a hole was passed', async () => {
    const { log, append } = await openLog('a');
    log.appendMarker('t', 0);
    log.appendMarker('t', 0);
    const checkpoint = await foldedAll(log);
    expect(checkpoint).toMatchObject({ next: 3, last: { offset: 0 } });
    await check(log, checkpoint);
    log.truncateTail('t', 0, 2);
    append('b', 'c');
    await expect(check(log, checkpoint)).rejects.toMatchObject({ code: 'log_replaced' });
  });

  it('stops when records stand where nothing but holes was passed', async () => {
    const { log, append } = await openLog();
    log.appendMarker('t', 0);
    const checkpoint = await foldedAll(log);
    expect(checkpoint).toMatchObject({ next: 1, last: null });
    await check(log, checkpoint);
    log.truncateTail('t', 0, 0);
    append('b');
    await expect(check(log, checkpoint)).rejects.toMatchObject({ code: 'log_replaced' });
  });

  it('goes on where retention took the last folded record', async () => {
    const { log, append } = await openLog('a', 'b');
    const checkpoint = await foldedAll(log);
    append('c');
    log.deleteHead('t', 0, 2);
    expect(await check(log, checkpoint)).toEqual({ start: 2, end: 3 });
  });
});
