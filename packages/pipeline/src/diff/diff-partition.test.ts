import { RULEBOOK } from '@refold/domain';
import type { View } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { diffPartition } from './diff-partition.js';
import { listOf } from '../slot/names.js';
import { openTwo, saying, viewing } from './two-generations.fixture.js';

const [RUN_VIEW] = RULEBOOK.views as [View];
const LETTERS = ['a', 'b', 'c'];

async function openThree() {
  const world = await openTwo();
  for (const id of LETTERS) world.run(id);
  world.run('b', 'run.message', { role: 'user', content: 'hello' });
  return world;
}

describe('the diff of two generations', () => {
  it('of the same views finds nothing, whatever happened', async () => {
    const { run, both, diff } = await openThree();
    run('a', 'run.failed', { reason: 'x' });
    run('a', 'run.started');
    run('nobody', 'run.delta');
    await both();
    expect(await diff()).toMatchObject({
      ...{ streams: 3, added: 0, removed: 0, changed: 0, unsettled: 0 },
      ...{ counters: [], countersLeftOut: 0, samples: [], differingVerdicts: 0 },
      old: { generation: 1, next: 7, views: 'run@1' },
      new: { generation: 2, next: 7, views: 'run@1' },
    });
  });

  it('names each stream and field in which another view differs, and no other', async () => {
    const { both, diff } = await openThree();
    const newer = viewing({
      evolve: saying('message_total', (made) => made['message_count'] ?? 0),
    });
    await both(RULEBOOK, newer);
    const found = await diff(newer);
    expect(found).toMatchObject({ streams: 3, changed: 3, added: 0, removed: 0, counters: [] });
    expect([...found.places]).toEqual([['/views/run/message_total', 3]]);
    expect(found.samples).toEqual(
      ['c', 'b', 'a'].map((id) => ({
        change: 'changed',
        partition: 0,
        stream: `run/${id}`,
        fields: [{ field: '/views/run/message_total', old: null, new: id === 'b' ? '1' : '0' }],
        fieldsLeftOut: 0,
      })),
    );
    expect(found.differingVerdicts).toBe(0);
  });

  it('finds a field however deep it stands', async () => {
    const { both, diff } = await openThree();
    const deep = viewing({
      evolve: saying('deep', ({ message_count: n }) => ({ er: { 'a/b': [n ?? 0], same: 1 } })),
    });
    const deeper = viewing({
      evolve: saying('deep', ({ message_count: n }) => ({
        er: { same: 1, 'a/b': [(n ?? 0) !== 1] },
      })),
    });
    await both(deep, deeper);
    const { samples, places } = await diff(deep);
    expect([...places]).toEqual([['/views/run/deep', 3]]);
    expect(samples[1]?.fields).toEqual([
      { field: '/views/run/deep/er/a~1b', old: '[1]', new: '[false]' },
    ]);
  });

  it('finds streams that only one of them has', async () => {
    const { both, damage, diff } = await openThree();
    await both();
    await damage(1, { remove: ['d:run/a'], unrank: [['i:runs/all', 'a']] });
    await damage(2, { remove: ['d:run/c'], unrank: [['i:runs/all', 'c']] });
    const found = await diff();
    expect(found).toMatchObject({ streams: 3, added: 1, removed: 1, changed: 0 });
    expect(found.samples.map(({ change, stream }) => [change, stream])).toEqual([
      ['removed', 'run/c'],
      ['added', 'run/a'],
    ]);
    expect([...found.places.keys()]).toEqual(['/removed', '/added']);
  });

  it('finds places in indexes, and where they moved', async () => {
    const { both, diff } = await openThree();
    const entries: View['entries'] = (document, state) => [
      ...RUN_VIEW.entries(document, state).map((entry) =>
        entry.type === 'rank' ? { ...entry, score: state.updatedAt } : entry,
      ),
      { type: 'rank', index: 'runs/talk/much', score: state.seq },
    ];
    const newer = viewing({ entries });
    await both(RULEBOOK, newer);
    const { samples, places, streams, changed } = await diff(newer);
    expect([streams, changed]).toEqual([3, 3]);
    expect([...places]).toEqual([
      ['/indexes/runs/talk', 3],
      ['/indexes/runs/all', 1],
      ['/indexes/runs/status', 1],
    ]);
    const moved = samples.find(({ stream }) => stream === 'run/b')?.fields;
    expect(moved).toEqual([
      { field: '/indexes/runs/all', old: '1001', new: '1003' },
      { field: '/indexes/runs/status/running', old: '1001', new: '1003' },
      { field: '/indexes/runs/talk/much', old: null, new: '2' },
    ]);
  });

  it('finds counters', async () => {
    const { both, diff } = await openThree();
    const newer = viewing({
      entries: (document, state) => [
        ...RUN_VIEW.entries(document, state).filter(
          (entry) => entry.type === 'rank' || entry.counter !== 'messages',
        ),
        { type: 'count', counter: 'seen', amount: 2 },
      ],
    });
    await both(RULEBOOK, newer);
    const { counters, places, changed } = await diff(newer);
    expect(changed).toBe(0);
    expect(counters).toEqual([
      { counter: 'messages', old: 1, new: 0 },
      { counter: 'seen', old: 0, new: 6 },
    ]);
    expect([...places.keys()]).toEqual(['/counters/messages', '/counters/seen']);
  });

  it('counts all and shows as many as were asked for, over any number of pages', async () => {
    const world = await openTwo();
    const ids = Array.from({ length: 1_203 }, (_, n) => `r${n}`);
    for (const id of ids) world.run(id);
    await world.both();
    const isHit = (_: string, n: number): boolean => n % 7 === 3;
    const hit = ids.filter(isHit);
    for (const id of hit) {
      const text = world.dump(2).text[`d:run/${id}`] ?? '';
      await world.damage(2, { set: [[`d:run/${id}`, text.replace('run.started', 'run.stopped')]] });
    }
    const few = await world.diff(RULEBOOK, 5);
    expect([few.streams, few.changed, few.samples.length]).toEqual([1_203, hit.length, 5]);
    const all = await world.diff(RULEBOOK, 1_000);
    expect(all.samples.map(({ stream }) => stream).sort()).toEqual(
      hit.map((id) => `run/${id}`).sort(),
    );
    expect(all.samples.every(({ fields }) => fields.length === 1)).toBe(true);
  });

  it('shows values cut, and at most 20 fields of a stream, and says how many more there are', async () => {
    const { both, diff } = await openThree();
    const newer = viewing({
      evolve: saying('much', () =>
        Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`n${n}`, 'x'.repeat(500)])),
      ),
    });
    const older = viewing({ evolve: saying('much', () => ({})) });
    await both(older, newer);
    const [sample] = (await diff(newer)).samples;
    expect(sample?.fields.map((one) => one.new?.length)).toEqual(Array(20).fill(200));
    expect(sample?.fieldsLeftOut).toBe(10);
  });

  it('says which streams cannot be compared while one side is behind, and compares the others', async () => {
    const { run, fold, diff, looks } = await openThree();
    await fold(2);
    run('b', 'run.delta', { text: 'more' });
    run('d');
    await fold(1);
    const found = await diff();
    expect(found).toMatchObject({ streams: 2, changed: 0, unsettled: 2, counters: [] });
    expect(found.unsettledStreams).toEqual(['run/d', 'run/b']);
    expect([found.old.next, found.new.next]).toEqual([6, 4]);
    // Forty looks at them, and a pause between two.
    expect(looks()).toBe(39);
  });

  it('compares a stream as soon as both sides have passed its claims', async () => {
    const { run, fold, diff, store } = await openThree();
    await fold(2);
    run('b', 'run.delta', { text: 'more' });
    await fold(1);
    let reads = 0;
    const late = viewing({});
    const read: typeof store.read = async (slot, asked) => {
      if (reads++ === 6) await fold(2);
      return store.readNow(slot, asked);
    };
    const ports = { store: { read }, rulebook: late, timing: { sleep: async () => undefined } };
    const found = await diffPartition(
      ports,
      { name: 'p', topic: 't', kinds: ['run'], partitions: 1, generation: 1 },
      { partition: 0, old: 1, new: 2, samples: 20 },
    );
    expect(found).toMatchObject({ streams: 3, unsettled: 0, changed: 0, counters: [] });
    expect((await diff()).unsettled).toBe(0);
  });

  it('compares a stream that is written whenever it is looked at, and the counters, however far apart both stand', async () => {
    const { run, fold, store } = await openThree();
    const newer = viewing({
      evolve: saying('more', () => true),
      entries: () => [{ type: 'count', counter: 'seen', amount: 2 }],
    });
    await fold(1);
    await fold(2, newer);
    // The new one is always as far as the old one was at the look before.
    const read: typeof store.read = async (slot, asked) => {
      if (slot.generation === 1) {
        await fold(2, newer);
        run('b', 'run.delta', { text: 'more' });
        await fold(1);
      }
      return store.readNow(slot, asked);
    };
    const ports = { store: { read }, rulebook: newer, timing: { sleep: async () => undefined } };
    const found = await diffPartition(
      ports,
      { name: 'p', topic: 't', kinds: ['run'], partitions: 1, generation: 1 },
      { partition: 0, old: 1, new: 2, samples: 20 },
    );
    expect(found).toMatchObject({ unsettled: 0, differingVerdicts: 0 });
    expect(found.counters).toContainEqual({ counter: 'seen', old: 0, new: 2 * found.streams });
    expect([...found.places.keys()]).toContain('/views/run/more');
  });

  it('stops when it is told to', async () => {
    const world = await openThree();
    await world.both();
    const ports = {
      store: world.store,
      rulebook: RULEBOOK,
      timing: { sleep: async () => undefined },
    };
    const request = {
      partition: 0,
      old: 1,
      new: 2,
      samples: 1,
      signal: AbortSignal.abort('enough'),
    };
    await expect(diffPartition(ports, world.projection, request)).rejects.toBe('enough');
  });

  it.each(RULEBOOK.views.map((view) => [view.kind, view] as const))(
    'finds all streams: the view of a %s lists them',
    (kind, view) => {
      const state = {
        ...{ seq: 1, chain: '', status: 'created', createdAt: 1, updatedAt: 1 },
        owner: { tenant: null, principal: null },
      };
      const entries = view.entries(view.initial('x'), state);
      expect(entries).toContainEqual({ type: 'rank', index: listOf(kind), score: 1 });
    },
  );
});
