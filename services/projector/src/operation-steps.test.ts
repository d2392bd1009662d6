import type { OperationPlanned } from '@refold/contracts';
import { RULEBOOK, type Rulebook } from '@refold/domain';
import { noWrites, slotOf, type Projection, type RefoldResult } from '@refold/pipeline';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { expect, it } from 'vitest';
import { isStepped, operationSteps } from './operation-steps.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 2,
  generation: 1,
};

const TWO: Rulebook = { ...RULEBOOK, deciders: [...RULEBOOK.deciders, ...RULEBOOK.deciders] };

const CHECKPOINT = '2|0|1|run@1|live|0|-|c';

async function open() {
  const store = createMemoryViewStore();
  for (const partition of [0, 1]) {
    await store.commit(slotOf(PROJECTION, partition), null, CHECKPOINT, noWrites(), []);
  }
  const written: number[] = [];
  let now = 0;
  let ends = 2;
  const take = operationSteps({
    nowMs: () => 0,
    store,
    log: {
      ...createMemoryEventLog({ clock: () => 0 }),
      range: async () => ({ start: 0, end: ends }),
      read: async (topic, partition, from) => ({
        ...{ topic, partition, from, next: ends, end: ends, records: [] },
      }),
    },
    rulebook: TWO,
    commitId: () => 'x',
    timing: { now: () => now, sleep: async () => undefined },
    isWanted: async () => true,
    tell: async () => undefined,
    publisher: {
      publish: async ({ partition }) => {
        written.push(partition);
        return { kind: 'appended', offset: ends++, timestamp: 0 };
      },
    },
  });
  const told: RefoldResult[] = [];
  const step = async (verb: string, partitions: readonly number[], isCanceling = false) => {
    told.length = 0;
    const planned = { verb, arguments: { target: 'rules', decider: 2 }, plan: { partitions: [] } };
    await take(
      {
        ...{ operation: 'o', projection: PROJECTION, partitions, isCanceling },
        planned: planned as unknown as OperationPlanned,
      },
      (result) => told.push(result),
    );
    return told;
  };
  return { store, step, told, written, later: (ms: number) => (now += ms) };
}

it('a change of the rules is written once to each partition, and waited for', async () => {
  const { step, written, later } = await open();
  expect(await step('change-rules', [0, 1])).toEqual([]);
  expect(await step('change-rules', [0, 1])).toEqual([]);
  expect(written).toEqual([0, 1]);
  for (let minutes = 0; minutes < 3; minutes++) {
    later(59_000);
    expect(await step('change-rules', [1])).toEqual([]);
  }
  expect(written).toEqual([0, 1]);
});

it('nothing is done for partitions that this process does not own', async () => {
  const { step, written } = await open();
  expect(await step('change-rules', [])).toEqual([]);
  expect(await step('reproject', [])).toEqual([]);
  expect(written).toEqual([]);
});

it.each(['change-rules', 'archive'])(
  'a partition whose shard does not answer keeps nothing back of the others (%s)',
  async (verb) => {
    const { store, step, told } = await open();
    await store.commit(slotOf(PROJECTION, 0), CHECKPOINT, 'broken', noWrites(), []);
    await expect(step(verb, [0, 1], true)).rejects.toThrow('broken');
    expect(told).toMatchObject([{ partition: 1 }]);
  },
);

it('operations on streams are left to the owners of partitions', () => {
  expect(isStepped('rewind')).toBe(false);
});
