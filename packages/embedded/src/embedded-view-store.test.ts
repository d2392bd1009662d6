import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noWrites, type Slot, type ViewStore, type Writes } from '@refold/pipeline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEmbedded, type Embedded } from './open-embedded.js';

const slot: Slot = { projection: 'runs', generation: 1, partition: 0 };
let folder: string;
let embedded: Embedded;
let store: ViewStore;
let at: string | null;

const reopen = async (): Promise<void> => {
  embedded = await openEmbedded({ folder, clock: () => 0 });
  store = embedded.store;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refold-embedded-'));
  at = null;
  await reopen();
});

afterEach(async () => {
  await embedded.close();
  rmSync(folder, { recursive: true });
});

let commits = 0;
const commit = async (writes: Partial<Writes>): Promise<void> => {
  const next = `checkpoint-${commits++}`;
  const all = { ...noWrites(), ...writes };
  expect(await store.commit(slot, at, next, all, [])).toEqual({ outcome: 'committed' });
  at = next;
};

describe('the embedded store', () => {
  it('writes everything with the checkpoint, and it outlives a restart', async () => {
    await commit({
      set: [['doc', 'text']],
      push: [
        ['list', 'a'],
        ['list', 'b'],
      ],
      putField: [['hash', 'f', '1']],
      rank: [['index', 'm', 5]],
      count: [
        ['n', 2],
        ['gone', 1],
      ],
    });
    await embedded.close();
    await reopen();
    await commit({
      push: [['list', 'c']],
      count: [
        ['n', -5],
        ['gone', -1],
      ],
    });
    const { checkpoint, results } = await store.read(slot, [
      { kind: 'get', name: 'doc' },
      { kind: 'list', name: 'list' },
      { kind: 'fields', name: 'hash' },
      { kind: 'fields', name: 'counters' },
      { kind: 'ranked', name: 'index', limit: 10 },
    ]);
    expect(checkpoint).toBe(at);
    expect(results[0]).toBe('text');
    expect(results[1]).toEqual(['a', 'b', 'c']);
    expect([...results[2]]).toEqual([['f', '1']]);
    expect([...results[3]]).toEqual([['n', '-3']]);
    expect(results[4]).toEqual([{ member: 'm', score: 5 }]);
  });

  it('writes nothing on a stale checkpoint, and tells the current one', async () => {
    await commit({ set: [['doc', 'mine']] });
    const other = { ...noWrites(), set: [['doc', 'theirs'] as [string, string]] };
    expect(await store.commit(slot, null, 'x', other, [])).toEqual({
      outcome: 'stale',
      current: at,
    });
    expect((await store.read(slot, [{ kind: 'get', name: 'doc' }])).results).toEqual(['mine']);
  });

  it('lets one of two commits on the same checkpoint win', async () => {
    const outcomes = await Promise.all(
      ['a', 'b'].map((next) => store.commit(slot, null, next, noWrites(), [])),
    );
    expect(outcomes).toEqual([{ outcome: 'committed' }, { outcome: 'stale', current: 'a' }]);
  });

  it('undoes a commit whose last write is impossible, and only that one', async () => {
    const bad = { ...noWrites(), set: [['doc', 'torn'] as [string, string]] };
    bad.rank = [['index', 'x'.repeat(2_000), 1]];
    const elsewhere = { ...slot, partition: 1 };
    const [failed, fine] = await Promise.allSettled([
      store.commit(slot, null, 'a', bad, []),
      store.commit(elsewhere, null, 'b', noWrites(), []),
    ]);
    expect(failed.status).toBe('rejected');
    expect(fine).toMatchObject({ value: { outcome: 'committed' } });
    const left = await store.read(slot, [{ kind: 'get', name: 'doc' }]);
    expect([left.checkpoint, left.results[0]]).toEqual([null, null]);
  });

  it('pages an index from the highest score down, ties by member descending', async () => {
    const entries: [string, number][] = [
      ['a', 0],
      ['b', 0],
      ['c', -7],
      ['d', 2 ** 53 - 1],
      ['ab', 0],
    ];
    await commit({ rank: entries.map(([member, score]) => ['index', member, score]) });
    const seen: string[] = [];
    let before: { score: number; member: string } | undefined;
    for (;;) {
      const read = { kind: 'ranked' as const, name: 'index', limit: 2 };
      const page = await store.read(slot, [before === undefined ? read : { ...read, before }]);
      const ranked = page.results[0];
      seen.push(...ranked.map(({ member }) => member));
      before = ranked.at(-1);
      if (before === undefined) break;
    }
    expect(seen).toEqual(['d', 'b', 'ab', 'a', 'c']);
  });

  it('moves a member, takes it out, and pages on from one that is gone', async () => {
    await commit({
      rank: [
        ['index', 'a', 1],
        ['index', 'b', 2],
        ['index', 'c', 3],
      ],
    });
    await commit({ rank: [['index', 'a', 9]], unrank: [['index', 'b']] });
    const { results } = await store.read(slot, [
      { kind: 'ranked', name: 'index', limit: 9 },
      { kind: 'ranked', name: 'index', limit: 9, before: { score: 4, member: 'gone' } },
    ]);
    expect(results[0].map(({ member }) => member)).toEqual(['a', 'c']);
    expect(results[1].map(({ member }) => member)).toEqual(['c']);
  });

  it('removes whole keys of any kind and nothing beside them', async () => {
    await commit({
      set: [['k', '1']],
      push: [
        ['kk', 'a'],
        ['k2', 'a'],
      ],
      rank: [['index', 'm', 1]],
      putField: [['hash', 'f', '1']],
    });
    await commit({ remove: ['k', 'k2', 'index', 'hash'] });
    const { results } = await store.read(slot, [
      { kind: 'get', name: 'k' },
      { kind: 'list', name: 'k2' },
      { kind: 'ranked', name: 'index', limit: 9 },
      { kind: 'fields', name: 'hash' },
      { kind: 'list', name: 'kk' },
    ]);
    expect(results).toEqual([null, [], [], new Map(), ['a']]);
  });

  it('tells listeners after the commit, until they stop', async () => {
    const heard: string[] = [];
    const listener = {
      message: (text: string) => void heard.push(text),
      resumed: () => undefined,
    };
    const stop = await store.listen('c', listener);
    const notice = { channel: 'c', message: 'one' };
    await store.commit(slot, null, 'a', noWrites(), [notice]);
    await store.commit(slot, null, 'b', noWrites(), [{ ...notice, message: 'stale' }]);
    await vi.waitFor(() => expect(heard).toEqual(['one']));
    await stop();
    await store.commit(slot, 'a', 'b', noWrites(), [{ ...notice, message: 'two' }]);
    await store.commit(slot, 'b', 'c', noWrites(), []);
    expect(heard).toEqual(['one']);
  });

  it('pins a fact for ever', async () => {
    expect(await store.pin('runs', 'partitions', '4')).toBe('4');
    await embedded.close();
    await reopen();
    expect(await store.pin('runs', 'partitions', '8')).toBe('4');
  });
});
