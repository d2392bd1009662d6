import { expect, it, vi } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import { REBUILDING, REFOLD, REFOLD_PROGRESS } from '../slot/names.js';
import { encodeTask } from './refold-task.js';
import type { RefoldProgress } from './refold-task.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';
import { documentOf, fill, openSkips } from './skip-world.fixture.js';

/** Longest wait, on a busy machine. */
const WAIT = { timeout: 20_000 };

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
    await vi.waitFor(() => expect(one.refolds.isBusy).toBe(false), WAIT);
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
  await vi.waitFor(() => expect(results).toMatchObject([{ operation, outcome: 'canceled' }]), WAIT);
  await vi.waitFor(() => expect(one.refolds.isBusy).toBe(false), WAIT);
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
  await vi.waitFor(() => expect(results).toMatchObject([{ operation, outcome: 'canceled' }]), WAIT);
  expect(said()?.phase).toBe('finished');
  // Whoever owned it before cannot commit any more what it knows.
  expect(store.dump(SLOT).checkpoint).not.toBe(before);
  await foldedBy('run@9', 'run@1');
  await foldAll(owner());
  await vi.waitFor(() => expect(store.dump(SLOT).text[REFOLD]).toBeUndefined(), WAIT);
  expect(store.dump(SLOT).hashes[REBUILDING] ?? {}).toEqual({});
  expect(results).toHaveLength(1);
});

it.each([true, false])(
  'a skip that is canceled there (its task in the slot: %s) waits for whoever can fold on, as its record may be written',
  async (isInSlot) => {
    const world = await openSkips();
    const { owner, settle, store, results, turn } = world;
    fill(world);
    await settle(owner());
    const skip = { subject: 'run/r', offset: 2, source: 'test', id: 'poison' };
    const select = { kind: 'streams', subjects: ['run/r'], to: 6 } as const;
    const task = { ...taskOf('replace', select), skip };
    // An owner has ended behind its record; a slot that went back does not even have the task.
    world.skip('r', 2, 'poison');
    const foldedBy = async (from: string, to: string, set: [string, string][]): Promise<void> => {
      const { checkpoint: text } = store.dump(SLOT);
      const next = (text ?? '').replace(from, to);
      await store.commit(SLOT, text, next, { ...noWrites(), set }, []);
    };
    await foldedBy('run@1', 'run@9', isInSlot ? [[REFOLD, encodeTask(task)]] : []);
    const left = store.dump(SLOT).text[REFOLD];
    const stopped = owner();
    const commit = vi.spyOn(store, 'commit');
    for (const isCanceled of [false, true, true]) {
      stopped.request(task);
      if (isCanceled) stopped.refolds.cancel(task.operation);
      while (stopped.refolds.isBusy) await turn();
    }
    expect(results).toEqual([]);
    expect(commit).toHaveBeenCalledTimes(1);
    const { text } = store.dump(SLOT);
    expect(text[REFOLD]).toBe(left);
    expect(text[REFOLD_PROGRESS]).toMatch(
      /the partition stands still, and a cancel waits until it is folded on: .*run@9/,
    );
    stopped.revoke();
    await foldedBy('run@9', 'run@1', []);
    const one = owner();
    await one.position();
    one.request(task);
    one.refolds.cancel(task.operation);
    const { operation } = task;
    expect(await world.ended(one, task)).toMatchObject({ operation, outcome: 'done', replaced: 1 });
    expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 3 } });
  },
);

it('a skip stays in the slot also where it is asked for as something else', async () => {
  const { foldedBy, owner, said, store, results, damage } = await open();
  const skip = { subject: 'run/r', offset: 0, source: 'test', id: 'e0' };
  const text = encodeTask({ ...TASK, skip });
  await damage({ set: [[REFOLD, text]] });
  await foldedBy('run@1', 'run@9');
  const one = owner();
  one.request(TASK);
  one.refolds.cancel(operation);
  await vi.waitFor(() => expect(one.refolds.isBusy).toBe(false), WAIT);
  expect([results, store.dump(SLOT).text[REFOLD]]).toEqual([[], text]);
  expect(said()?.trouble).toContain('a cancel waits');
});

it.each([true, false])(
  'one that was done before it stood still is told as that (canceled: %s)',
  async (isCanceled) => {
    const { foldedBy, owner, refolded, store, results } = await open();
    const before = owner();
    const result = await refolded(before, TASK);
    expect(result).toMatchObject({ outcome: 'done', replaced: 1 });
    before.revoke();
    results.length = 0;
    await foldedBy('run@1', 'run@9');
    const held = store.dump(SLOT);
    const one = owner();
    one.request(TASK);
    if (isCanceled) one.refolds.cancel(operation);
    await vi.waitFor(() => expect(one.refolds.isBusy).toBe(false), WAIT);
    expect(results).toEqual([result]);
    expect(store.dump(SLOT)).toEqual(held);
    expect(one.refolds.progress()).toBeNull();
  },
);
