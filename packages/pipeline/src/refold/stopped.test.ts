import { expect, it, vi } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import { REBUILDING, REFOLD, REFOLD_PROGRESS } from '../slot/names.js';
import { encodeTask } from './refold-task.js';
import type { RefoldProgress } from './refold-task.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';

/** A run whose slot another build has folded last: the owner of this build stands still. */
async function open() {
  const world = await openRefolds();
  const { append, foldAll, owner, store } = world;
  append();
  await foldAll(owner());
  const foldedBy = async (from: string, to: string): Promise<void> => {
    const { checkpoint: text } = store.dump(SLOT);
    expect(text).toContain(from);
    await store.commit(SLOT, text, (text ?? '').replace(from, to), noWrites(), []);
  };
  const said = (): RefoldProgress | null => {
    const text = store.dump(SLOT).text[REFOLD_PROGRESS];
    return text === undefined ? null : (JSON.parse(text) as RefoldProgress);
  };
  return { ...world, foldedBy, said };
}

const TASK = taskOf('replace', { kind: 'streams', subjects: ['run/r'], to: 1 });
const { operation } = TASK;

it('a task on a partition that stands still says why, once, and nothing of it is told as done', async () => {
  const { foldedBy, owner, said, store, results } = await open();
  await foldedBy('run@1', 'run@9');
  const commit = vi.spyOn(store, 'commit');
  const one = owner();
  await expect(one.position()).rejects.toThrow('run@9');
  for (const n of [1, 2]) {
    one.request(TASK);
    await vi.waitFor(() => expect(one.refolds.isBusy).toBe(false));
    expect([n, said()?.operation]).toEqual([n, operation]);
  }
  expect(said()?.trouble).toMatch(/^the partition stands still: .*run@9/);
  expect(commit).toHaveBeenCalledTimes(1);
  expect([results, store.dump(SLOT).text[REFOLD]]).toEqual([[], undefined]);
});

it('one that is canceled there before it begins ends, and leaves nothing', async () => {
  const { foldedBy, owner, store, results } = await open();
  await foldedBy('run@1', 'run@9');
  const before = store.dump(SLOT);
  const one = owner();
  one.request(TASK);
  one.refolds.cancel(operation);
  await vi.waitFor(() => expect(results).toMatchObject([{ operation, outcome: 'canceled' }]));
  await vi.waitFor(() => expect(one.refolds.isBusy).toBe(false));
  expect(store.dump(SLOT)).toEqual(before);
  expect(one.refolds.progress()).toBeNull();
});

it('one that is canceled there on its way is taken out, and what it left is removed by whoever folds on', async () => {
  const { foldedBy, owner, store, results, damage, foldAll, said } = await open();
  await damage({
    set: [[REFOLD, encodeTask(TASK)]],
    putField: [[REBUILDING, 'run/r', '']],
  });
  await foldedBy('run@1', 'run@9');
  const before = store.dump(SLOT).checkpoint;
  const one = owner();
  one.request(TASK);
  one.refolds.cancel(operation);
  await vi.waitFor(() => expect(results).toMatchObject([{ operation, outcome: 'canceled' }]));
  expect(said()?.phase).toBe('finished');
  // Whoever owned it before cannot commit any more what it knows.
  expect(store.dump(SLOT).checkpoint).not.toBe(before);
  await foldedBy('run@9', 'run@1');
  await foldAll(owner());
  await vi.waitFor(() => expect(store.dump(SLOT).text[REFOLD]).toBeUndefined());
  expect(store.dump(SLOT).hashes[REBUILDING] ?? {}).toEqual({});
  expect(results).toHaveLength(1);
});
