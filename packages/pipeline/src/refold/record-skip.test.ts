import { RULEBOOK } from '@refold/domain';
import type { StoreImage } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import type { ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import type { PartitionProjector } from '../project/partition-projector.js';
import { documentName } from '../slot/names.js';
import { SKIPS_MAX } from '../slot/skip-log.js';
import { taskOf } from './refold-world.fixture.js';
import { POISON, TURNS, documentOf, fill, openSkips } from './skip-world.fixture.js';

const FIXED = { rulebook: RULEBOOK };

describe('a task that skips a claim', () => {
  const skip = { subject: 'run/r', offset: 2, source: 'test', id: 'poison' };
  const select = { kind: 'streams', subjects: ['run/r'], to: 6 } as const;

  it('writes the record and folds the stream again, once', async () => {
    const world = await openSkips();
    fill(world);
    const one = world.owner();
    const task = { ...taskOf('replace', select), skip };
    const result = await world.carriedOut(one, task);
    expect(result).toMatchObject({ outcome: 'done', streams: 1, replaced: 1, records: 4 });
    expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 3 } });
    expect(world.log.records('t', 0)).toHaveLength(7);
    expect(await world.carriedOut(world.owner(), task)).toEqual(result);
    expect(world.log.records('t', 0)).toHaveLength(7);
    expect(world.held()).toEqual(await world.fresh());
  });

  it('skips nothing where the stream does not stand parked there', async () => {
    const world = await openSkips();
    fill(world);
    const one = world.owner(FIXED);
    const result = await world.carriedOut(one, { ...taskOf('replace', select), skip });
    expect(result).toMatchObject({ outcome: 'failed', replaced: 0 });
    expect(result.error).toContain('does not stand parked at 2');
    expect(world.said()).toEqual(['skip_withdrawn']);
  });

  it('begins anew where the record was not acknowledged', async () => {
    const world = await openSkips();
    fill(world);
    let sends = 0;
    const one = world.owner({
      append: async ({ key, value }) => {
        const offset = world.log.appendForeign('t', 0, { key, value });
        sends += 1;
        return sends === 1
          ? { kind: 'unknown', message: 'no answer' }
          : { kind: 'appended', offset, timestamp: 0 };
      },
    });
    const result = await world.carriedOut(one, { ...taskOf('replace', select), skip });
    expect(result).toMatchObject({ outcome: 'done', replaced: 1 });
    expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 3 } });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('is carried out to its end once the record may be written, whoever cancels it', async () => {
    for (const answer of ['appended', 'unknown'] as const) {
      const world = await openSkips();
      fill(world);
      const task = { ...taskOf('replace', select), skip };
      const one: PartitionProjector = world.owner({
        append: async ({ key, value }) => {
          one.refolds.cancel(task.operation);
          const offset = world.log.appendForeign('t', 0, { key, value });
          if (answer === 'unknown') return { kind: 'unknown', message: 'no answer' };
          return { kind: 'appended', offset, timestamp: 0 };
        },
      });
      const result = await world.carriedOut(one, task);
      expect(result).toMatchObject({ outcome: 'done', replaced: 1 });
      expect(world.log.records('t', 0)).toHaveLength(7);
      expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 3 } });
    }
  });

  it('is canceled only where no record was written by whoever owned the slot before', async () => {
    for (const isWritten of [true, false]) {
      const world = await openSkips();
      fill(world);
      const task = { ...taskOf('replace', select), skip };
      const one = world.owner();
      await world.settle(one);
      // Behind what is folded.
      if (isWritten) world.skip('r', 2, 'poison');
      one.request(task);
      one.refolds.cancel(task.operation);
      const result = await world.ended(one);
      expect(result.outcome).toBe(isWritten ? 'done' : 'canceled');
      expect(world.said()).toEqual([isWritten ? 'skipped' : 'skip_withdrawn']);
      expect((await documentOf(world))?.parked === null).toBe(isWritten);
    }
  });

  it('is written by no owner that finds it before somebody asks for it, who knows whether it is canceled', async () => {
    for (const isCanceled of [true, false]) {
      const world = await openSkips();
      fill(world);
      const task = { ...taskOf('replace', select), skip };
      let isSending = false;
      const first = world.owner({
        append: () => {
          isSending = true;
          return new Promise<never>(() => undefined);
        },
      });
      await world.settle(first);
      first.request(task);
      while (!isSending) await world.turn();
      first.revoke();
      const next = world.owner();
      for (let n = 0; n < 100; n++) {
        await next.position();
        await world.turn();
      }
      expect(world.log.records('t', 0)).toHaveLength(6);
      // It is not lost, and nothing else is done meanwhile.
      expect(next.request(taskOf('replace', select))).toBe('busy');
      expect(next.request(task)).toBe('taken');
      if (isCanceled) next.refolds.cancel(task.operation);
      const result = await world.ended(next);
      expect(result.outcome).toBe(isCanceled ? 'canceled' : 'done');
      expect(world.said()).toEqual([isCanceled ? 'skip_withdrawn' : 'skipped']);
    }
  });

  it('writes no skip where its owner was paused behind its look, and the event was accepted meanwhile', async () => {
    const world = await openSkips();
    fill(world);
    const task = { ...taskOf('replace', select), skip };
    let now = 0;
    let pause: (() => Promise<void>) | null = null;
    const read: ViewStore['read'] = async (slot, reads) => {
      const found = await world.store.read(slot, reads);
      if (reads.length === 1 && reads[0]?.name === documentName('run/r')) await pause?.();
      return found;
    };
    const paused = world.owner({
      store: { ...bound(world.store), read },
      timing: { ...TURNS, now: () => now },
    });
    await world.settle(paused);
    pause = async () => {
      pause = null;
      const next = world.owner(FIXED);
      await next.position();
      next.request(task);
      next.refolds.cancel(task.operation);
      expect(await world.ended(next, task)).toMatchObject({ outcome: 'canceled' });
      const redrive = { ...taskOf('replace', select), operation: 'redrive' };
      expect(await world.carriedOut(next, redrive)).toMatchObject({ replaced: 1 });
      now += 60_000;
    };
    paused.request(task);
    while (pause !== null) await world.turn();
    await world.settle(paused);
    expect(world.said()).toEqual(['skip_withdrawn']);
    expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 4 } });
    paused.revoke();
  });

  it('is carried out, too, where the store goes back while the record is written', async () => {
    for (const isWritten of [true, false]) {
      const world = await openSkips();
      let older: StoreImage | null = null;
      const one = world.owner({
        append: async ({ key, value }) => {
          const isFirst = older !== null;
          if (older !== null) world.store.restore(older);
          older = null;
          if (isFirst && !isWritten) return { kind: 'unsent', message: 'not sent' };
          const offset = world.log.appendForeign('t', 0, { key, value });
          return { kind: 'appended', offset, timestamp: 0 };
        },
      });
      world.claim('s', 'run.started');
      await world.settle(one);
      older = world.store.capture();
      world.claim('r', 'run.started');
      world.append({ subject: 'run/r', type: POISON, id: 'poison' });
      world.claim('r', 'run.finished', { status: 'succeeded' });
      await world.settle(one);
      const task = { ...taskOf('replace', { ...select, to: 4 }), skip };
      const result = await world.ended(one, task);
      expect(result).toMatchObject({ outcome: 'done', replaced: 1 });
      expect(world.log.records('t', 0)).toHaveLength(5);
      expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 2 } });
      expect(world.held()).toEqual(await world.fresh());
    }
  });

  it('writes nothing where the partition has the most skips that it may have', async () => {
    const world = await openSkips();
    fill(world);
    for (let n = 0; n < SKIPS_MAX; n++) world.skip('nobody', 2, `other-${n}`);
    const one = world.owner();
    const result = await world.carriedOut(one, { ...taskOf('replace', select), skip });
    expect(result).toMatchObject({ outcome: 'failed', replaced: 0 });
    expect(result.error).toContain(`${SKIPS_MAX} claims of the partition are skipped`);
    expect(world.log.records('t', 0)).toHaveLength(6 + SKIPS_MAX);
  });

  it('fails where somebody else has written the last skip that there may be', async () => {
    const world = await openSkips();
    fill(world);
    for (let n = 1; n < SKIPS_MAX; n++) world.skip('nobody', 2, `other-${n}`);
    const one = world.owner({
      append: async ({ key, value }) => {
        world.skip('nobody', 2, 'last');
        const offset = world.log.appendForeign('t', 0, { key, value });
        return { kind: 'appended', offset, timestamp: 0 };
      },
    });
    const result = await world.carriedOut(one, { ...taskOf('replace', select), skip });
    expect(result).toMatchObject({ outcome: 'failed', replaced: 0 });
    expect(result.error).toContain(`the record at ${6 + SKIPS_MAX} is a dead letter`);
  });
});
