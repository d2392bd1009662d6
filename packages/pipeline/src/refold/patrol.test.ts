import { describe, expect, it, vi } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';
import type { RefoldResult } from './refold-task.js';

const ALL = { kind: 'all', to: 9 } as const;

async function open() {
  const world = await openRefolds();
  for (const subject of ['run/a', 'run/b', 'run/c']) world.append({ subject });
  const ends: RefoldResult[] = [];
  const owner = world.owner({ patrolled: (result) => ends.push(result) });
  await world.foldAll(owner);
  const ended = async (list: readonly unknown[], count: number): Promise<void> => {
    while (list.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { ...world, ends, one: owner, ended };
}

describe('a comparison that nobody asked for', () => {
  it('finds what differs, and leaves the slot as it is', async () => {
    const { one, ends, ended, documentText, damage, store, results } = await open();
    const text = documentText('run/b').replace('"running"', '"queued"');
    await damage({ set: [['d:run/b', text]] });
    const before = store.dump(SLOT);
    expect(one.refolds.patrol(taskOf('compare', ALL))).toBe(true);
    await ended(ends, 1);
    expect(ends).toMatchObject([{ outcome: 'done', streams: 3, differing: 1 }]);
    expect(ends[0]?.differences[0]).toMatchObject({ stream: 'run/b' });
    expect(store.dump(SLOT)).toEqual(before);
    expect(results).toEqual([]);
  });

  it('gives way to an operation, which is carried out', async () => {
    const { one, ends, ended, results, log } = await open();
    const range = vi.spyOn(log, 'range').mockImplementationOnce((...place) => {
      expect(one.request(taskOf('replace', ALL))).toBe('taken');
      return log.range(...place);
    });
    expect(one.refolds.patrol(taskOf('compare', ALL))).toBe(true);
    expect(one.refolds.patrol(taskOf('compare', ALL))).toBe(false);
    await ended(results, 1);
    expect(range).toHaveBeenCalled();
    expect(ends).toMatchObject([{ outcome: 'canceled' }]);
    expect(results).toMatchObject([{ outcome: 'done', replaced: 3 }]);
    expect(one.refolds.patrol(taskOf('compare', ALL))).toBe(true);
    await ended(ends, 2);
    expect(ends[1]).toMatchObject({ outcome: 'done', differing: 0 });
  });

  it('is told to have failed where its partition stops, and to be canceled where that is lost', async () => {
    const { owner, ended, store } = await open();
    const ends: RefoldResult[] = [];
    const patrolled = (result: RefoldResult): void => void ends.push(result);
    const lost = owner({ patrolled });
    lost.refolds.patrol(taskOf('compare', ALL));
    lost.revoke();
    await ended(ends, 1);
    const { checkpoint } = store.dump(SLOT);
    await store.commit(SLOT, checkpoint, 'no checkpoint', noWrites(), []);
    const stopped = owner({ patrolled });
    stopped.refolds.patrol(taskOf('compare', ALL));
    await ended(ends, 2);
    expect(ends).toMatchObject([
      { outcome: 'canceled', streams: 0 },
      { outcome: 'failed', streams: 0, error: expect.stringContaining('checkpoint') as string },
    ]);
  });

  it('covers every stream with samples that do not overlap', async () => {
    const { one, ends, ended } = await open();
    for (let part = 0; part < 4; part++) {
      const sample = { share: 1 / 4, seed: 's', from: part / 4 };
      one.refolds.patrol({ ...taskOf('compare', ALL), sample });
      await ended(ends, part + 1);
    }
    expect(ends.reduce((sum, { streams }) => sum + streams, 0)).toBe(3);
  });
});

describe('how far a task is', () => {
  it('is told in the slot while it lasts, and finished then', async () => {
    const { one, store, results, owner, ended } = await open();
    const told: unknown[] = [];
    let now = 0;
    const read = (): unknown => {
      const text = store.dump(SLOT).text['refold-progress'];
      return text === undefined ? null : JSON.parse(text);
    };
    const timing = {
      now: () => (now += 400),
      sleep: async () => void told.push(read()),
      after: () => () => undefined,
      tick: () => Promise.resolve(),
    };
    one.revoke();
    const slow = owner({ timing });
    await slow.position();
    const task = taskOf('replace', ALL);
    slow.request(task);
    await ended(results, 1);
    const said = told.filter((one) => one !== null);
    expect(said.length).toBeGreaterThan(1);
    expect(said.at(-1)).toMatchObject({ operation: task.operation, streams: 3, trouble: null });
    expect(read()).toMatchObject({ operation: task.operation, phase: 'finished' });
  });

  it('says why an operation is not carried out here, once', async () => {
    const { one, store } = await open();
    await one.refolds.refuse('o-9', 'another build is needed');
    const { checkpoint, text } = store.dump(SLOT);
    expect(JSON.parse(text['refold-progress'] ?? '')).toMatchObject({
      operation: 'o-9',
      phase: 'waiting',
      trouble: 'another build is needed',
    });
    await one.refolds.refuse('o-9', 'another build is needed');
    expect(store.dump(SLOT).checkpoint).toBe(checkpoint);
  });
});
