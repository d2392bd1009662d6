import { RULEBOOK } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import type { PublishOutcome } from '../publish/publish-outcome.js';
import { SKIPS_MAX } from '../slot/skip-log.js';
import { taskOf } from './refold-world.fixture.js';
import { documentOf, fill, openSkips } from './skip-world.fixture.js';
import type { SkipWorld } from './skip-world.fixture.js';

const FIXED = { rulebook: RULEBOOK };
const SKIP = { subject: 'run/r', offset: 2, source: 'test', id: 'poison' };
const SELECT = { kind: 'streams', subjects: ['run/r'], to: 6 } as const;
const skipTask = () => ({ ...taskOf('replace', SELECT), skip: SKIP });

/** Offsets of the events of the run, when the claim is skipped and when it is not. */
const WITHOUT = [0, 3, 5];
const WITH = [0, 2, 3, 5];

/** The run stands as it is in every rebuild, of builds that were mended and of others. */
async function staysSo(world: SkipWorld, events: readonly number[]): Promise<void> {
  expect(await world.events()).toEqual(events);
  const before = world.held();
  expect(await world.fresh(FIXED)).toEqual(before);
  await world.carriedOut(world.owner(FIXED), taskOf('replace', { kind: 'all', to: 6 }));
  expect(world.held()).toEqual(before);
  world.loseCheckpoint();
  await world.settle(world.owner(FIXED));
  expect(await world.events()).toEqual(events);
  world.store.wipe();
  await world.settle(world.owner(FIXED));
  expect(world.held()).toEqual(before);
}

/** An owner whose record is held up on its way, until somebody lets it go. */
async function heldUp(world: SkipWorld, task: ReturnType<typeof skipTask>) {
  let letGo: (() => void) | null = null;
  const paused = world.owner({
    append: ({ key, value }) =>
      new Promise<PublishOutcome>((resolve) => {
        letGo = () => {
          const offset = world.log.appendForeign('t', 0, { key, value });
          resolve({ kind: 'appended', offset, timestamp: 0 });
        };
      }),
  });
  await world.settle(paused);
  paused.request(task);
  while (letGo === null) await world.turn();
  paused.revoke();
  return letGo as () => void;
}

describe('a skip that is withdrawn', () => {
  // Without the withdrawal the same record takes the event back.
  it.each([true, false])('does nothing behind that (withdrawn: %s)', async (isWithdrawn) => {
    const world = await openSkips();
    fill(world);
    await world.settle(world.owner(FIXED));
    const { withdraws, skips } = world.operation('op:1', 'r', 2, 'poison');
    if (isWithdrawn) withdraws();
    await world.settle(world.owner(FIXED));
    skips();
    await world.settle(world.owner(FIXED));
    await staysSo(world, isWithdrawn ? WITH : WITHOUT);
    expect(world.dump().hashes['dead-letters']).toBeUndefined();
  });

  it('counts where it stands before that', async () => {
    const world = await openSkips();
    fill(world);
    const { withdraws, skips } = world.operation('op:1', 'r', 2, 'poison');
    skips();
    withdraws();
    skips();
    await world.settle(world.owner(FIXED));
    await staysSo(world, WITHOUT);
  });

  it('is no other than that operation’s, of that claim', async () => {
    const others: Parameters<SkipWorld['operation']>[] = [
      ['op:1:2', 'r', 2, 'poison'],
      ['op:1', 'r', 3, 'poison'],
      ['op:1', 'r', 2, 'other'],
      ['op:1', 'other', 2, 'poison'],
    ];
    for (const other of others) {
      const world = await openSkips();
      fill(world);
      world.operation(...other).withdraws();
      world.operation('op:1', 'r', 2, 'poison').skips();
      await world.settle(world.owner(FIXED));
      await staysSo(world, WITHOUT);
    }
  });

  it('may be withdrawn more than once, and by hand nothing else is', async () => {
    const world = await openSkips();
    fill(world);
    const { withdraws, skips } = world.operation('op:1', 'r', 2, 'poison');
    withdraws();
    withdraws();
    skips();
    await world.settle(world.owner(FIXED));
    expect(Object.values(world.dump().hashes['skips'] ?? {})).toEqual(['["run/r",6,0]']);
    await staysSo(world, WITH);
    world.skip('r', 2, 'poison');
    await world.settle(world.owner(FIXED));
    await staysSo(world, WITHOUT);
  });

  it('is one of the most that a partition knows, behind which none counts', async () => {
    const world = await openSkips();
    fill(world);
    for (let n = 1; n < SKIPS_MAX; n++) world.operation(`o${n}`, 'r', 2, 'poison').withdraws();
    world.skip('nobody', 2, 'last');
    const late = world.operation('late', 'r', 2, 'poison');
    late.withdraws();
    late.skips();
    await world.settle(world.owner(FIXED));
    expect(Object.keys(world.dump().hashes['skips'] ?? {})).toHaveLength(SKIPS_MAX);
    expect(await world.events()).toEqual(WITH);
    expect(Object.values(world.dump().hashes['dead-letters'] ?? {})).toEqual([
      expect.stringContaining(`claim.skipped: ${SKIPS_MAX} claims`),
    ]);
    const result = await world.carriedOut(world.owner(), skipTask());
    expect(result.error).toContain('does not stand parked');
    expect(world.said().at(-1)).toBe('skipped');
  });
});

describe('a task that skips a claim and ends without that', () => {
  it('is over for good: a record that an owner before it had on its way skips nothing', async () => {
    for (const outcome of ['canceled', 'failed'] as const) {
      const world = await openSkips();
      fill(world);
      const task = skipTask();
      const letGo = await heldUp(world, task);
      if (outcome === 'failed') {
        // The store is lost, and who folds it again has rules that were mended.
        world.store.wipe();
        await world.settle(world.owner(FIXED));
      }
      const next = world.owner(FIXED);
      await next.position();
      next.request(task);
      if (outcome === 'canceled') next.refolds.cancel(task.operation);
      expect(await world.ended(next, task)).toMatchObject({ outcome, replaced: 0 });
      const redrive = { ...taskOf('replace', SELECT), operation: 'redrive' };
      expect(await world.carriedOut(next, redrive)).toMatchObject({ outcome: 'done' });
      expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 4 } });
      letGo();
      await world.settle(next);
      expect(world.said()).toEqual(['skip_withdrawn', 'skipped']);
      await staysSo(world, WITH);
    }
  });

  it('is carried out where such a record comes before its own', async () => {
    for (const isCanceled of [true, false]) {
      const world = await openSkips();
      fill(world);
      const task = skipTask();
      const letGo = await heldUp(world, task);
      const next = world.owner({
        append: async ({ key, value }) => {
          letGo();
          const offset = world.log.appendForeign('t', 0, { key, value });
          return { kind: 'appended', offset, timestamp: 0 };
        },
      });
      await next.position();
      next.request(task);
      if (isCanceled) next.refolds.cancel(task.operation);
      expect(await world.ended(next, task)).toMatchObject({ outcome: 'done', replaced: 1 });
      expect(world.said()).toEqual(['skipped', isCanceled ? 'skip_withdrawn' : 'skipped']);
      await staysSo(world, WITHOUT);
    }
  });

  it('is told as that, and nothing more is written, where its owner has ended behind the withdrawal', async () => {
    for (const outcome of ['canceled', 'failed'] as const) {
      const world = await openSkips();
      fill(world);
      const task = skipTask();
      await world.settle(world.owner());
      world.operation(task.operation, 'r', 2, 'poison').withdraws();
      const next = world.owner();
      await next.position();
      next.request(task);
      if (outcome === 'canceled') next.refolds.cancel(task.operation);
      const result = await world.ended(next, task);
      expect(result).toMatchObject({ outcome, replaced: 0 });
      if (outcome === 'failed') expect(result.error).toContain('the skip of 2 was withdrawn');
      expect(world.said()).toEqual(['skip_withdrawn']);
      expect(await documentOf(world)).toMatchObject({ parked: { offset: 2 } });
    }
  });

  it('fails where it was withdrawn while its record was on its way', async () => {
    const world = await openSkips();
    fill(world);
    const task = skipTask();
    const one = world.owner({
      append: async ({ key, value }) => {
        world.operation(task.operation, 'r', 2, 'poison').withdraws();
        const offset = world.log.appendForeign('t', 0, { key, value });
        return { kind: 'appended', offset, timestamp: 0 };
      },
    });
    const result = await world.carriedOut(one, task);
    expect(result).toMatchObject({ outcome: 'failed', replaced: 0 });
    expect(result.error).toContain('the skip of 2 was withdrawn');
    expect(world.said()).toEqual(['skip_withdrawn', 'skipped']);
    await world.carriedOut(world.owner(FIXED), taskOf('replace', { kind: 'all', to: 6 }));
    await staysSo(world, WITH);
  });

  it.each(['unknown', 'unsent', 'refused', 'full'] as const)(
    'does not end as long as the withdrawal is not on the log (%s)',
    async (kind) => {
      const world = await openSkips();
      fill(world);
      const task = skipTask();
      let sends = 0;
      const one = world.owner({
        append: async ({ key, value }): Promise<PublishOutcome> => {
          expect(world.results).toEqual([]);
          sends += 1;
          const reason = 'unauthorized';
          if (sends < 4) return { kind, reason, message: 'not now' };
          const offset = world.log.appendForeign('t', 0, { key, value });
          return { kind: 'appended', offset, timestamp: 0 };
        },
      });
      await world.settle(one);
      one.request(task);
      one.refolds.cancel(task.operation);
      expect(await world.ended(one)).toMatchObject({ outcome: 'canceled' });
      expect(world.said()).toEqual(['skip_withdrawn']);
      expect(world.troubles).toHaveLength(3);
      expect(world.troubles[0]).toContain('the skip of 2 could not be withdrawn');
    },
  );
});
