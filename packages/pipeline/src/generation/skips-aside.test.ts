import { CLAIM_SKIPPED, SKIP_WITHDRAWN, encodeEnvelope } from '@refold/contracts';
import { createMemoryViewStore, plainSlot } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { diffPartition } from '../diff/diff-partition.js';
import { swapGate } from '../diff/swap-gate.js';
import type { EventLog } from '../ports/event-log.js';
import { NEWER } from '../project/rulebook.fixture.js';
import { slotOf } from '../projection.js';
import { BROKEN, POISON } from '../refold/skip-world.fixture.js';
import type { Timing } from '../timing.js';
import { handTiming } from '../timing.fixture.js';
import { documentIn } from './carried-over.fixture.js';
import { LIVE_LAG_MAX } from './live-lags.js';
import { openGenerations } from './two-generations.fixture.js';
import type { GenerationWorld } from './two-generations.fixture.js';

/** Rules that throw on one type of event, and two versions of the view. */
const RULES = { ...BROKEN, views: NEWER.views };

/** What a read of the log takes, where that is told. */
const READ_MS = 37;

/** The offset of the claim that the rules throw on. */
const PARKED_AT = 1;

/** Records of an operation about that claim. */
function saying({ log }: GenerationWorld) {
  const say = (type: string) => {
    const data = { offset: PARKED_AT, source: 'test', id: 'poison', operation: 'op' };
    const fields = { id: 'said', source: 'operator', type, subject: 'run/r', data };
    return log.appendForeign('t', 0, { key: 'r', value: encodeEnvelope(fields) });
  };
  return { skip: () => say(CLAIM_SKIPPED), withdraw: () => say(SKIP_WITHDRAWN) };
}

/** A partition whose stream stands parked in both generations. */
async function open(share = 1) {
  const world = await openGenerations();
  world.claim('run.started');
  world.claim(POISON, { id: 'poison' });
  world.claim('run.delta');
  await world.create('build', 'run@2', share);
  const owner = world.owner({ rulebook: RULES });
  await world.foldAll(owner);
  await world.until(() => world.checkpointOf(2)?.next === 3);
  const { skip } = saying(world);
  const openSkips = () =>
    [1, 2].map(
      (generation) =>
        Object.values(world.dumpOf(generation).hashes['skips'] ?? {}).filter((text) =>
          text.endsWith(',1]'),
        ).length,
    );
  const parked = () =>
    [1, 2].map((generation) => world.dumpOf(generation).ranked['i:parked'] !== undefined);
  const gate = async () => {
    const ports = { store: world.store, rulebook: RULES, timing: { sleep: async () => undefined } };
    const request = { partition: 0, old: 1, new: 2, samples: 20 };
    return swapGate([await diffPartition(ports, world.projection, request)], null);
  };
  return { ...world, first: owner, skip, openSkips, parked, gate };
}

/** The same, with an owner whose reads take time, beside a generation that has so much of it. */
async function slowly(share: number) {
  const world = await open(share);
  world.first.revoke();
  const { timing, advance } = handTiming();
  const pauses: number[] = [];
  const sleep: Timing['sleep'] = (ms) => {
    pauses.push(ms);
    return timing.sleep(ms);
  };
  const log = Object.assign(Object.create(world.log) as EventLog, {
    read: async (...args: Parameters<EventLog['read']>) => {
      await timing.sleep(READ_MS);
      return world.log.read(...args);
    },
  });
  const owner = world.owner({ rulebook: RULES, log, timing: { ...timing, sleep } });
  const until = async (isSo: () => unknown): Promise<void> => {
    for (let turns = 0; !(await isSo()); turns++) {
      if (turns > 10_000) throw new Error(`it does not come: ${world.troubles.join('; ')}`);
      await advance(10);
    }
  };
  const settles = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    void work.finally(() => (isOver = true)).catch(() => undefined);
    await until(() => isOver);
    return work;
  };
  /** Live folding is handed what there is, and is told how far it lags behind the end. */
  const handled = async (lag: number): Promise<void> => {
    const batch = await world.read(await settles(owner.position()));
    await settles(owner.handle({ ...batch, end: batch.next + lag }));
  };
  return { world, owner, pauses, until, handled };
}

describe('a generation aside whose log skips a claim', () => {
  it('folds the stream again without it, as live folding does', async () => {
    const world = await open();
    expect(world.parked()).toEqual([true, true]);
    world.skip();
    await world.foldAll(world.first);
    await world.until(() => world.parked().join() === 'false,false');
    await world.until(() => world.dumpOf(2).text['refold'] === undefined);
    expect(world.roles()).toEqual(['live', 'aside']);
    const is = plainSlot(world.dumpOf(2));
    const store = createMemoryViewStore();
    const other = world.owner({ store, rulebook: RULES });
    await world.foldAll(other);
    await world.until(() => !other.refolds.isBusy);
    const fresh = plainSlot(store.dump(slotOf(world.projection, 0)));
    expect(is['d:run/r']).toEqual(fresh['d:run/r']);
    expect(is['counters']).toEqual(fresh['counters']);
    expect(is['skips']).toEqual(fresh['skips']);
  });

  it('folds it with the claim where the skip was withdrawn before', async () => {
    for (const isWithdrawn of [true, false]) {
      const world = await openGenerations();
      const { skip, withdraw } = saying(world);
      world.claim('run.started');
      world.claim('run.delta', { id: 'poison' });
      world.claim('run.delta');
      if (isWithdrawn) withdraw();
      skip();
      const owner = world.owner();
      await world.foldAll(owner);
      await world.until(() => !owner.refolds.isBusy);
      await world.create();
      await world.foldAll(owner);
      const of = (generation: number) => ({
        skips: world.dumpOf(generation).hashes['skips'],
        state: documentIn(world, generation, 'r')?.state,
      });
      await world.until(() => {
        const { skips = {} } = of(2);
        return Object.values(skips).length === 1 && of(2).state?.seq === of(1).state?.seq;
      });
      expect(of(2)).toEqual(of(1));
      expect(of(1).state).toMatchObject({ seq: isWithdrawn ? 3 : 2 });
      owner.revoke();
    }
  });

  it('waits with that as long as live folding lags more than its bound', async () => {
    const world = await open();
    world.first.revoke();
    const at = world.skip();
    const end = at + 1;
    const idle = await world.read(end);
    let isArmed = false;
    let behind: Promise<unknown> = Promise.resolve();
    const log = Object.assign(Object.create(world.log) as EventLog, {
      read: async (...args: Parameters<EventLog['read']>) => {
        if (isArmed && args[2] === at) {
          isArmed = false;
          behind = owner.handle({ ...idle, end: end + LIVE_LAG_MAX + 1 });
        }
        return world.log.read(...args);
      },
    });
    const owner = world.owner({ rulebook: RULES, log });
    await owner.handle({
      ...(await world.read(await owner.position())),
      end: end + LIVE_LAG_MAX + 1,
    });
    await world.until(() => world.openSkips()[0] === 0 && !world.parked()[0]);
    expect(world.checkpointOf(2)?.next).toBe(at);
    // Live folding falls behind while the slot aside meets the record.
    isArmed = true;
    await owner.handle(idle);
    await world.until(() => world.openSkips()[1] === 1);
    for (let n = 0; n < 500; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.openSkips()).toEqual([0, 1]);
    await behind;
    await owner.handle(idle);
    await world.until(() => world.openSkips()[1] === 0);
    expect(world.parked()).toEqual([false, false]);
    owner.revoke();
  });

  it('is swapped once its streams were folded again, and goes on as the live one', async () => {
    const world = await open();
    world.skip();
    await world.swap('swap', 2);
    const folded = world.foldAll(world.first);
    await world.until(async () => (await world.pointer()).done.has('swap'));
    await folded;
    await world.until(() => world.roles().join() === 'aside,live');
    await world.until(() => world.parked().join() === 'false,false');
    expect(world.openSkips()).toEqual([0, 0]);
    world.claim('run.delta');
    await world.foldAll(world.first);
    expect(world.checkpointOf(2)?.next).toBe(5);
  });

  it('waits for nothing with it while the live slot is sealed, which has nothing to lose by it', async () => {
    const world = await open();
    const at = world.skip();
    await world.swap('swap', 2);
    const idle = await world.read(at);
    // Aside nothing is folded as long as that lasts, until the partition is sealed.
    const folded = world.first.handle({ ...idle, end: at + LIVE_LAG_MAX + 10 });
    await world.until(async () => (await world.pointer()).done.has('swap'));
    expect((await world.pointer()).done.get('swap')).toMatchObject({ kind: 'swapped', to: 2 });
    await folded;
    expect(world.openSkips()).toEqual([0, 0]);
    expect(world.parked()).toEqual([false, false]);
    world.first.revoke();
  });

  it('takes its own share of the time for it, and no more', async () => {
    const { world, owner, handled, until, pauses } = await slowly(0.01);
    world.skip();
    await handled(LIVE_LAG_MAX + 1);
    await until(() => world.openSkips()[0] === 0 && !world.parked()[0]);
    pauses.length = 0;
    await handled(0);
    await until(() => world.openSkips()[1] === 0 && !world.parked()[1]);
    // A refold takes half of the time where nobody asks for less.
    expect(pauses).not.toContain(READ_MS);
    owner.revoke();
  });

  it('takes all of the time for it while the live slot is sealed', async () => {
    const { world, owner, handled, until } = await slowly(0.001);
    world.skip();
    await handled(LIVE_LAG_MAX + 10);
    await until(() => world.openSkips()[0] === 0 && !world.parked()[0]);
    expect(world.checkpointOf(2)?.next).toBe(3);
    await world.swap('swap', 2);
    await until(async () => (await world.pointer()).done.has('swap'));
    expect((await world.pointer()).done.get('swap')).toMatchObject({ kind: 'swapped', to: 2 });
    owner.revoke();
  });

  it('is not swapped as long as a skip is open, and the gate says so', async () => {
    const world = await open();
    // Nobody can fold the stream again.
    world.log.deleteHead('t', 0, 2);
    world.skip();
    await world.foldAll(world.first);
    await world.until(() => world.openSkips().join() === '1,1');
    await world.until(() => world.dumpOf(2).text['refold'] === undefined);
    const refused = await world.gate();
    expect(refused).toContainEqual({ reason: 'skips_open', partition: 0, generation: 1, skips: 1 });
    expect(refused).toContainEqual({ reason: 'skips_open', partition: 0, generation: 2, skips: 1 });
    await world.swap('swap', 2);
    for (let n = 0; n < 500; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.roles()).toEqual(['live', 'aside']);
    expect(await world.live()).toBe(1);
  });
});
