import { encodeEnvelope, partitionOf, type JsonValue } from '@refold/contracts';
import { newestViews, RULEBOOK, type Rulebook } from '@refold/domain';
import { createGeneration, LogUnavailable, pointerSlot, ProjectionReader } from '@refold/pipeline';
import { foldLog } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { ActivePlans } from './active-operations.js';
import { endedOperations } from './ended-operations.js';
import { openFollowed, resultOf } from './followed.fixture.js';
import { partitionFinished } from './operation-events.js';

const WAIT = { timeout: 30_000, interval: 10 };

const TWO: Rulebook = { ...RULEBOOK, deciders: [...RULEBOOK.deciders, ...RULEBOOK.deciders] };

/** What a verb is planned with, in every partition and in all. */
type Planned = Readonly<Record<'each' | 'all' | 'arguments', { [member: string]: JsonValue }>>;

const NOTHING: Planned = { each: {}, all: {}, arguments: {} };

const views = newestViews(RULEBOOK, ['run']);

/** Verbs whose effect nothing takes back, or which begin something. */
const VERBS: Readonly<Record<string, Planned>> = {
  archive: { ...NOTHING, each: { subjects: ['run/r'] } },
  'change-rules': { ...NOTHING, arguments: { target: 'rules', decider: 2 } },
  truncate: NOTHING,
  drop: { ...NOTHING, all: { generations: { generation: 2 } } },
  reproject: { ...NOTHING, all: { generations: { views } } },
  swap: { ...NOTHING, all: { generations: { generation: 2 } } },
  republish: NOTHING,
};

/** A run that is over in a partition, a second generation, and an operation that is folded up to its start. */
async function open(verb: string) {
  const world = await openFollowed();
  const { log, store, runs, operations, append, plan, start, fold } = world;
  const at = partitionOf('r', 2);
  const event = (type: string, data: JsonValue) =>
    encodeEnvelope({ id: type, source: 's', type, subject: 'run/r', data });
  const letter = event('run.message', { role: 'user', content: 'late' });
  for (const [type, data] of [
    ['run.started', null],
    ['run.finished', { status: 'failed' }],
  ] as const) {
    log.appendForeign(runs.topic, at, { key: 'r', value: event(type, data) });
  }
  await foldLog(log, store, runs);
  const generation = { operation: 'build', views, share: 1 };
  await createGeneration({ store, commitId: () => 'build' }, runs, generation);
  const record = { topic: runs.topic, partition: at, key: 'r', value: JSON.parse(letter) as never };
  const { each, all, arguments: asked } = VERBS[verb] ?? NOTHING;
  const more = verb === 'republish' ? { record } : each;
  const amounts = { records: 0, streams: 1, bytes: 0 };
  append('o', 'planned', {
    ...{ verb, projection: 'runs', approval: 'not_required', arguments: asked },
    plan: { ...amounts, ...all, partitions: [{ partition: at, from: 0, to: 2, ...more }] },
  });
  append('o', 'started');
  plan('behind', 'rewind', 'workers');
  start('behind');
  await fold();
  // Looks come soon, and what was told is not told again.
  const timing = {
    ...world.ports.timing,
    now: () => 0,
    after: (ms: number, run: () => void) => world.ports.timing.after(Math.min(ms, 20), run),
  };
  const ports = { ...world.ports, rulebook: TWO, timing };
  const pointer = (): unknown => store.dump(pointerSlot(runs));
  return { ...world, ports, at, pointer, hasEnded: endedOperations({ log, store, operations }) };
}

const LOOKS = 3;

describe.each(Object.keys(VERBS))('an operation that is folded as running (%s)', (verb) => {
  it.each(['canceled', 'done'])('is not begun where the log says %s', async (outcome) => {
    const { runs, log, at, pointer, append, ports, follow, asked, published } = await open(verb);
    if (outcome === 'canceled') append('o', 'cancel_requested');
    append('o', 'finished', { outcome });
    const before = pointer();
    await follow(ports);
    // Each look comes to it first.
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(LOOKS), WAIT);
    expect(published).toEqual([]);
    expect(log.records(runs.topic, at)).toHaveLength(2);
    expect(pointer()).toEqual(before);
  });

  it('waits for a log that cannot be asked, and asks it once', async () => {
    const { runs, log, at, pointer, ports, follow, asked, published, hasEnded } = await open(verb);
    let isAway = true;
    const ofIt: string[] = [];
    const before = pointer();
    await follow({
      ...ports,
      async hasEnded(operation, partitions) {
        if (isAway) throw new LogUnavailable('no leader');
        if (operation === 'o') ofIt.push(operation);
        return hasEnded(operation, partitions);
      },
    });
    const effect = (): unknown => [pointer(), published, log.records(runs.topic, at).length];
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(LOOKS), WAIT);
    expect(effect()).toEqual([before, [], 2]);
    isAway = false;
    await vi.waitFor(() => expect(effect()).not.toEqual([before, [], 2]), WAIT);
    const looks = asked.length;
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(looks + LOOKS), WAIT);
    expect(ofIt).toHaveLength(1);
  });
});

/** Plans of operations whose end the log is asked for, of one that runs on two partitions. */
async function openPlans() {
  const world = await openFollowed();
  const { log, store, operations, append, plan, start, fold } = world;
  plan('o', 'truncate', 'runs', { partitions: [0, 1] });
  start('o');
  await fold();
  const ended = endedOperations({ log, store, operations });
  const hasEnded = vi.fn(ended);
  const plans = new ActivePlans(new ProjectionReader(store, operations), hasEnded);
  const finish = (partition: number): void => {
    const { record } = partitionFinished(operations, resultOf('o', partition, 'done'));
    log.appendForeign(record.topic, record.partition, record);
  };
  const cancel = (): void => {
    append('o', 'cancel_requested');
    append('o', 'finished', { outcome: 'canceled' });
  };
  return { plans, hasEnded, finish, cancel };
}

describe('what is about to be cut', () => {
  it('is not wanted any more once the log says so, folded or not', async () => {
    const { plans, finish, cancel } = await openPlans();
    expect(await plans.isWanted('o', 0)).toBe(true);
    finish(0);
    expect(await plans.isWanted('o', 0)).toBe(false);
    expect(await plans.isWanted('o', 1)).toBe(true);
    cancel();
    expect(await plans.isWanted('o', 1)).toBe(false);
  });

  it('waits for a log that cannot be asked', async () => {
    const { plans, hasEnded } = await openPlans();
    hasEnded.mockRejectedValueOnce(new LogUnavailable('no leader'));
    await expect(plans.isWanted('o', 0)).rejects.toThrow(LogUnavailable);
  });
});

describe('the partitions on which an operation is still open', () => {
  it('are asked for once, and again where one was seen to by another owner in between', async () => {
    const { plans, hasEnded, finish } = await openPlans();
    expect(await plans.openByLog('o', [0, 1])).toEqual([0, 1]);
    expect(await plans.openByLog('o', [0, 1])).toEqual([0, 1]);
    expect(hasEnded.mock.calls).toEqual([['o', [0, 1]]]);
    expect(await plans.openByLog('o', [0])).toEqual([0]);
    finish(1);
    expect(await plans.openByLog('o', [0, 1])).toEqual([0]);
    const calls = hasEnded.mock.calls.length;
    expect(await plans.openByLog('o', [0, 1])).toEqual([0]);
    expect(hasEnded).toHaveBeenCalledTimes(calls);
  });

  it('are asked for anew where the operation was over in between', async () => {
    const { plans, cancel } = await openPlans();
    expect(await plans.openByLog('o', [0])).toEqual([0]);
    plans.keep(new Set());
    cancel();
    expect(await plans.openByLog('o', [0])).toEqual([]);
  });
});
