import { noWrites, pointerSlot, slotOf, type RefoldProgress } from '@refold/pipeline';
import { expect, it, vi } from 'vitest';
import { openFollowed, resultOf } from './followed.fixture.js';

const BEGUN: RefoldProgress = {
  ...{ operation: '', phase: 'folding', streams: 0, settled: 0, scanned: 0, readRecords: 0 },
  ...{ cursor: null, elapsedMs: 0, trouble: null },
};

const WAIT = { timeout: 30_000, interval: 50 };

it('an operation that cannot be followed holds up no other, and is told once', async () => {
  const { runs, store, plan, start, fold, follow, asked, lines } = await openFollowed();
  plan('older', 'rewind', 'workers');
  start('older');
  plan('newer', 'drop', 'runs', { generations: { generation: 2 } });
  start('newer');
  await fold();
  await store.commit(pointerSlot(runs), null, 'pointer|9|x', noWrites(), []);
  await follow();
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2), WAIT);
  expect(new Set(asked)).toEqual(new Set(['older/0']));
  const told = lines.filter(({ msg }) => msg === 'an operation cannot be followed');
  expect(told).toMatchObject([{ level: 'warn', operation: 'newer' }]);
});

it('an owner that does not come to say why it refuses holds up no other operation, nor the end', async () => {
  const { runs, workers, plan, start, fold, follow, projector, asked } = await openFollowed();
  plan('older', 'rewind', 'workers');
  start('older');
  plan('newer', 'turn-over', 'runs');
  start('newer');
  await fold();
  let refusals = 0;
  const silent = {
    ...projector(runs),
    refuseRefold: () => {
      refusals += 1;
      return new Promise<never>(() => undefined);
    },
  };
  const followed = await follow({ projectors: [silent, projector(workers)] });
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2), WAIT);
  await followed.stop();
  expect(refusals).toBe(1);
});

it('of two on one partition the one that was started later fails, and names the other', async () => {
  const { runs, store, plan, start, fold, follow, asked, answers, canceled, stateOf } =
    await openFollowed();
  plan('first', 'rewind', 'runs', { partitions: [0, 1] });
  plan('second', 'rewind', 'runs', { partitions: [1] });
  plan('third', 'archive', 'runs', { partitions: [1] });
  plan('beside', 'rewind', 'workers', { partitions: [1] });
  for (const operation of ['first', 'second', 'third', 'beside']) start(operation);
  await fold();
  const checkpoint = '2|0|1|run@1|live|0|-|c';
  await store.commit(slotOf(runs, 1), null, checkpoint, noWrites(), []);
  answers.set('second', 'busy');
  await follow();
  await vi.waitFor(async () => {
    const why = 'operation_in_progress: first was started before and runs on partition 1 of runs';
    expect(await stateOf('second')).toEqual({ status: 'failed', error: why });
    expect(await stateOf('third')).toEqual({ status: 'failed', error: why });
  }, WAIT);
  expect(canceled).toEqual([]);
  expect(new Set(asked)).toEqual(new Set(['first/0', 'first/1', 'second/1', 'beside/1']));
  expect((await stateOf('first')).status).toBe('running');
  expect((await stateOf('beside')).status).toBe('running');
});

it('a skip that is hindered is ended by an owner that is free for it, and by nobody before', async () => {
  const { plan, start, fold, follow, asked, answers, canceled, stateOf } = await openFollowed();
  plan('first', 'rewind', 'runs', { partitions: [0] });
  plan('second', 'skip', 'runs', { partitions: [0] });
  for (const operation of ['first', 'second']) start(operation);
  await fold();
  answers.set('second', 'busy');
  const followed = await follow();
  const asks = () => asked.filter((one) => one === 'second/0').length;
  await vi.waitFor(() => expect(asks()).toBeGreaterThan(2), WAIT);
  expect([(await stateOf('second')).status, canceled]).toEqual(['running', []]);
  answers.delete('second');
  await vi.waitFor(() => expect(canceled).toContain('second/0'), WAIT);
  followed.refolded(resultOf('second', 0, 'canceled'));
  await vi.waitFor(async () => {
    const { status, error } = await stateOf('second');
    expect(status).toBe('failed');
    expect(error).toMatch(/^operation_in_progress: first /);
  }, WAIT);
});

it('one that is hindered itself hinders no other', async () => {
  const { plan, start, fold, follow, asked, answers, stateOf } = await openFollowed();
  plan('first', 'rewind', 'runs', { partitions: [0] });
  plan('second', 'rewind', 'runs', { partitions: [0, 1] });
  plan('third', 'rewind', 'runs', { partitions: [1] });
  for (const operation of ['first', 'second', 'third']) start(operation);
  await fold();
  answers.set('second', 'busy');
  await follow();
  await vi.waitFor(async () => expect((await stateOf('second')).status).toBe('failed'), WAIT);
  expect(asked).toContain('third/1');
  expect((await stateOf('third')).status).toBe('running');
});

it('one that had begun before the other was seen is ended, and told of as what came of it', async () => {
  const { plan, start, fold, follow, canceled, stateOf } = await openFollowed();
  plan('first', 'rewind', 'runs', { partitions: [0, 1] });
  plan('second', 'rewind', 'runs', { partitions: [0, 1] });
  start('first');
  start('second');
  await fold();
  const followed = await follow();
  await vi.waitFor(() => expect(canceled).toContain('second/1'), WAIT);
  followed.refolded({ ...resultOf('second', 0, 'done'), replaced: 3 });
  followed.refolded(resultOf('second', 1, 'canceled'));
  await vi.waitFor(async () => {
    const { status, error } = await stateOf('second');
    expect(status).toBe('failed');
    expect(error).toMatch(/^operation_in_progress: first /);
  }, WAIT);
  expect(canceled.filter((one) => !one.startsWith('second/'))).toEqual([]);
});

it('one that is over by the log is in the way of none, folded or not', async () => {
  const { plan, start, fold, follow, asked, canceled, append } = await openFollowed();
  plan('first', 'rewind', 'runs', { partitions: [0] });
  start('first');
  plan('second', 'rewind', 'runs', { partitions: [0] });
  start('second');
  await fold();
  append('first', 'finished', { outcome: 'done' });
  await follow();
  await vi.waitFor(() => expect(asked).toContain('second/0'), WAIT);
  expect(canceled).toEqual([]);
});

it('one whose verb this build does not know can be canceled', async () => {
  const { plan, start, append, fold, follow, stateOf } = await openFollowed();
  plan('odd', 'turn-over', 'runs', { partitions: [0, 1] });
  start('odd');
  append('odd', 'cancel_requested');
  await fold();
  await follow();
  await vi.waitFor(async () => expect((await stateOf('odd')).status).toBe('canceled'), WAIT);
});

it('a task of a verb that this build does not know is ended before it is told of as canceled', async () => {
  const { runs, workers, plan, start, append, fold, follow, projector, canceled, published } =
    await openFollowed();
  plan('odd', 'turn-over', 'runs', { partitions: [0] });
  start('odd');
  append('odd', 'cancel_requested');
  await fold();
  const plain = projector(runs);
  const busy = {
    ...plain,
    status: () => plain.status().map((one) => ({ ...one, refold: { ...BEGUN, operation: 'odd' } })),
  };
  const followed = await follow({ projectors: [busy, projector(workers)] });
  await vi.waitFor(() => expect(canceled).toContain('odd/0'), WAIT);
  expect(published).toEqual([]);
  followed.refolded(resultOf('odd', 0, 'canceled'));
  await vi.waitFor(() => expect(published).toHaveLength(1), WAIT);
});
