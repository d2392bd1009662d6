import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../ports/view-store.js';
import type { ViewStore } from '../ports/view-store.js';
import { SLOT, bound, openWorld, scripted } from './one-partition.fixture.js';

const lost = () => new StoreUnavailable('the connection was lost');

describe('PartitionProjector', () => {
  it('goes on behind a commit whose answer was lost, whether it was applied or not', async () => {
    const world = await openWorld();
    for (let n = 0; n < 4; n++) world.append();
    const store = scripted(
      world.store,
      (send) => send(),
      async (send) => {
        await send();
        throw lost();
      },
      () => Promise.reject(lost()),
    );
    await world.foldAll(world.projector({ store }), 1);
    expect(world.next()).toBe(4);
    expect(await world.events()).toEqual([0, 1, 2, 3]);
  });

  it('drops a batch that does not begin at its checkpoint', async () => {
    const world = await openWorld();
    for (let n = 0; n < 3; n++) world.append();
    const one = world.projector();
    expect(await one.position()).toBe(0);
    expect(await one.handle(await world.read(1))).toBe(0);
    expect(await world.events()).toEqual([]);
    await world.foldAll(one);
    expect(await one.handle(await world.read(1))).toBe(3);
    expect(await world.events()).toEqual([0, 1, 2]);
  });

  it('loses to an owner that went on, and folds nothing twice', async () => {
    const world = await openWorld();
    for (let n = 0; n < 3; n++) world.append();
    const zombie = world.projector();
    await zombie.position();
    const batch = await world.read(0, 1);
    await world.foldAll(world.projector());
    expect(await zombie.handle(batch)).toBe(3);
    expect(await world.events()).toEqual([0, 1, 2]);
  });

  it('passes markers at the end, under the checkpoint and between records', async () => {
    const world = await openWorld();
    world.log.appendMarker('t', 0);
    world.append();
    world.log.appendMarker('t', 0);
    world.append();
    world.log.appendMarker('t', 0);
    await world.foldAll(world.projector(), 1);
    expect(world.next()).toBe(5);
    expect(await world.events()).toEqual([1, 3]);
  });

  it('notices an emptied store when nothing comes in, and folds everything again', async () => {
    const world = await openWorld();
    world.append();
    const one = world.projector();
    await world.foldAll(one);
    world.store.wipe();
    await world.foldAll(one);
    expect(world.next()).toBe(1);
    expect(await world.events()).toEqual([0]);
  });

  it('skips what documents have judged when only the checkpoint is lost', async () => {
    const world = await openWorld();
    for (let n = 0; n < 3; n++) world.append();
    await world.foldAll(world.projector());
    world.loseCheckpoint();
    world.append();
    await world.foldAll(world.projector());
    expect(world.next()).toBe(4);
    expect(await world.events()).toEqual([0, 1, 2, 3]);
    const counts = world.reports.map(({ counts: { skipped, accepted } }) => [skipped, accepted]);
    expect(counts).toContainEqual([3, 1]);
  });

  it('judges a refused claim as the first time when only the checkpoint is lost', async () => {
    const world = await openWorld();
    world.append({ type: 'run.delta', id: 'early', replyto: 'door' });
    world.append({ type: 'run.delta', id: 'early', replyto: 'door' });
    const told: string[] = [];
    const listener = { message: (text: string) => void told.push(text), resumed: () => undefined };
    await world.store.listen('refold:reply:door', listener);
    await world.foldAll(world.projector());
    world.loseCheckpoint();
    await world.foldAll(world.projector());
    expect(told).toHaveLength(2);
    expect(told[1]).toBe(told[0]);
  });

  it('refuses the late commit of somebody who knew the slot before its checkpoint was lost', async () => {
    const world = await openWorld();
    for (let n = 0; n < 2; n++) world.append();
    let arrive = (): void => undefined;
    const held = new Promise<void>((resolve) => (arrive = resolve));
    let isHeld = false;
    const store: ViewStore = {
      ...bound(world.store),
      commit: async (...args) => {
        if (isHeld) await held;
        return world.store.commit(...args);
      },
    };
    const zombie = world.projector({ store });
    await zombie.position();
    isHeld = true;
    const late = zombie.handle(await world.read(0, 1));
    await world.foldAll(world.projector());
    world.loseCheckpoint();
    arrive();
    await late;
    await world.foldAll(world.projector());
    expect(await world.events()).toEqual([0, 1]);
  });

  it('stops when the leader epoch rises over a tail that was folded and lost', async () => {
    const world = await openWorld();
    for (let n = 0; n < 3; n++) world.append();
    const one = world.projector();
    await world.foldAll(one);
    world.log.truncateTail('t', 0, 2);
    world.append();
    world.append();
    await expect(one.handle(await world.read(3))).rejects.toMatchObject({ code: 'log_replaced' });
    expect(world.next()).toBe(3);
  });

  it('remembers an interruption that it was told of with a batch it dropped', async () => {
    const { append, foldAll, log, projector, read } = await openWorld();
    const one = projector();
    append();
    append({ type: 'run.message' });
    await foldAll(one);
    const old = await read(0);
    log.truncateTail('t', 0, 1, true);
    append({ type: 'run.paused' });
    append({ type: 'run.message' });
    expect(await one.handle({ ...old, resumed: true })).toBe(old.next);
    await expect(one.handle(await read(2))).rejects.toMatchObject({ code: 'log_replaced' });
  });

  it('goes on when the leader epoch rises and retention took everything that was folded', async () => {
    const world = await openWorld();
    world.append();
    const one = world.projector();
    await world.foldAll(one);
    world.log.truncateTail('t', 0, 1);
    world.append();
    world.log.deleteHead('t', 0, 1);
    await world.foldAll(one);
    expect(world.next()).toBe(2);
  });

  it('stops before a newer record, with everything before it folded', async () => {
    const world = await openWorld();
    world.append();
    world.append({ schemaversion: 2 });
    world.append();
    const one = world.projector();
    await one.position();
    await expect(one.handle(await world.read(0))).rejects.toMatchObject({
      code: 'unknown_version',
    });
    expect(world.next()).toBe(1);
    expect(await world.events()).toEqual([0]);
  });

  it('stops at a store that refuses a commit for good', async () => {
    const world = await openWorld();
    world.append();
    const store = scripted(
      world.store,
      (send) => send(),
      () => Promise.reject(new Error('OOM')),
    );
    const one = world.projector({ store });
    await one.position();
    await expect(one.handle(await world.read(0))).rejects.toMatchObject({ code: 'store_refused' });
  });

  it('keeps dead letters until their topic has acknowledged them', async () => {
    const world = await openWorld();
    world.log.appendForeign('t', 0, { key: null, value: 'not ours' });
    let isAway = true;
    const mirrored: number[] = [];
    const one = world.projector({
      mirror: async (letters) => {
        if (isAway) throw new Error('the topic is away');
        mirrored.push(...letters.map(({ offset }) => offset));
        return letters.map(() => ({ kind: 'mirrored' }));
      },
    });
    await world.foldAll(one);
    expect(world.store.dump(SLOT).hashes['dead-letters-pending']).toBeDefined();
    isAway = false;
    const next = world.projector({
      mirror: async (letters) => {
        mirrored.push(...letters.map(({ offset }) => offset));
        return letters.map(() => ({ kind: 'mirrored' }));
      },
    });
    await next.position();
    await next.handle(await world.read(1));
    expect(mirrored).toEqual([0]);
    await next.handle(await world.read(1));
    expect(world.store.dump(SLOT).hashes['dead-letters-pending']).toBeUndefined();
    const { hashes } = world.store.dump(SLOT);
    expect(Object.keys(hashes['dead-letters'] ?? {})).toEqual(['0']);
    expect(Object.keys(hashes['dead-letter-places'] ?? {})).toEqual(['0']);
  });
});
