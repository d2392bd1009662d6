import { RULEBOOK } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { SKIPS_MAX } from '../slot/skip-log.js';
import { LiveReads } from '../read/live-reads.js';
import { judgementOf } from '../read/receipt.js';
import { taskOf } from './refold-world.fixture.js';
import { POISON, documentOf, fill, openSkips } from './skip-world.fixture.js';
import type { SkipWorld } from './skip-world.fixture.js';

const FIXED = { rulebook: RULEBOOK };

const verdictOf = ({ store, projection }: SkipWorld, eventId: string, offset: number) =>
  judgementOf(new LiveReads(store, projection), {
    projection: 'p',
    subject: 'run/r',
    source: 'test',
    eventId,
    content: null,
    partition: 0,
    offset,
  });

const lettersIn = ({ dump }: SkipWorld): unknown[] =>
  Object.values(dump().hashes['dead-letters'] ?? {}).map(
    (text) => (JSON.parse(text) as { reason: string }).reason,
  );

describe('a claim that is skipped', () => {
  it('is refused, and those behind it are judged in their order', async () => {
    const world = await openSkips();
    fill(world);
    const one = world.owner();
    await world.settle(one);
    expect(await documentOf(world)).toMatchObject({ parked: { offset: 2, count: 2, time: 1002 } });
    world.skip('r', 2, 'poison');
    world.claim('r', 'run.delta');
    await world.settle(one);
    expect(await documentOf(world)).toMatchObject({
      state: { seq: 4, status: 'succeeded' },
      parked: null,
    });
    expect(await world.events()).toEqual([0, 3, 5, 7]);
    expect(await verdictOf(world, 'poison', 2)).toMatchObject({
      state: 'rejected',
      code: 'skipped',
    });
    expect(world.dump().ranked['i:parked']).toBeUndefined();
    expect(world.held()).toEqual(await world.fresh());
    expect([world.results, world.troubles, lettersIn(world)]).toEqual([[], [], []]);
  });

  it('stays skipped by a build that does not break on it any more', async () => {
    const world = await openSkips();
    fill(world);
    world.skip('r', 2, 'poison');
    world.claim('r', 'run.delta');
    await world.settle(world.owner());
    expect(await world.fresh(FIXED)).toEqual(world.held());
    expect(world.held()['counters']).toMatchObject({ events: '6' });
  });

  it('stays skipped when the store, or the checkpoint alone, is lost', async () => {
    const world = await openSkips();
    fill(world);
    world.skip('r', 2, 'poison');
    await world.settle(world.owner());
    const before = world.held();
    world.store.wipe();
    await world.settle(world.owner());
    expect(world.held()).toEqual(before);
    world.loseCheckpoint();
    world.claim('r', 'run.delta');
    await world.settle(world.owner());
    expect(world.held()).toEqual(await world.fresh());
  });

  it('stays skipped however its stream is folded again, and differs from nothing', async () => {
    const world = await openSkips();
    fill(world);
    world.skip('r', 2, 'poison');
    const one = world.owner();
    await world.settle(one);
    const before = world.held();
    for (const effect of ['replace', 'compare', 'repair'] as const) {
      const result = await world.carriedOut(one, taskOf(effect, { kind: 'all', to: 7 }));
      expect([result.outcome, result.differing]).toEqual(['done', 0]);
      expect(world.held()).toEqual(before);
    }
  });

  it('is told again to whoever sends it again', async () => {
    const world = await openSkips();
    fill(world);
    const copy = { subject: 'run/r', type: POISON, id: 'poison' };
    world.append(copy);
    world.skip('r', 2, 'poison');
    const one = world.owner();
    await world.settle(one);
    world.append(copy);
    await world.settle(one);
    expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 3 } });
    expect(await verdictOf(world, 'poison', 8)).toMatchObject({
      state: 'rejected',
      code: 'skipped',
    });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('may be the one that would have begun its stream', async () => {
    const world = await openSkips();
    const born = { subject: 'run/r', type: 'run.started', id: 'born' };
    world.append(born);
    world.claim('r', 'run.delta');
    world.skip('r', 0, 'born');
    const one = world.owner(FIXED);
    await world.settle(one);
    expect(await documentOf(world)).toBeNull();
    expect(world.held()).toEqual(await world.fresh(FIXED));
    world.claim('r', 'run.started');
    await world.settle(one);
    expect(await documentOf(world)).toMatchObject({ state: { seq: 1 } });
    expect(world.held()).toEqual(await world.fresh(FIXED));
  });

  it('may have been refused before its stream began', async () => {
    const world = await openSkips();
    world.append({ subject: 'run/r', type: POISON, id: 'poison' });
    world.skip('r', 0, 'poison');
    world.append({ subject: 'run/r', type: POISON, id: 'poison' });
    const one = world.owner();
    await world.settle(one);
    expect(await verdictOf(world, 'poison', 2)).toMatchObject({ code: 'skipped' });
    world.claim('r', 'run.started');
    world.append({ subject: 'run/r', type: POISON, id: 'poison' });
    await world.settle(one);
    const before = world.held();
    expect(before).toEqual(await world.fresh());
    await world.carriedOut(one, taskOf('replace', { kind: 'all', to: 5 }));
    expect(world.held()).toEqual(before);
  });

  it('may have another behind it: each is skipped by itself', async () => {
    const world = await openSkips();
    fill(world);
    world.append({ subject: 'run/r', type: POISON, id: 'second' });
    const one = world.owner();
    world.skip('r', 2, 'poison');
    world.skip('r', 2, 'poison');
    await world.settle(one);
    expect(await documentOf(world)).toMatchObject({ state: { seq: 3 }, parked: { offset: 6 } });
    expect(world.held()).toEqual(await world.fresh());
    world.skip('r', 6, 'second');
    world.claim('r', 'run.delta');
    await world.settle(one);
    expect(await documentOf(world)).toMatchObject({ state: { seq: 4 }, parked: null });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('is no other than the one at that offset with that identity', async () => {
    const world = await openSkips();
    fill(world);
    world.skip('r', 2, 'another');
    world.skip('r', 2, 'poison', 'somebody else');
    world.skip('r', 3, 'poison');
    world.skip('nobody', 2, 'poison');
    await world.settle(world.owner());
    expect(await documentOf(world)).toMatchObject({ parked: { offset: 2 } });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('has to stand before the record that skips it, and there are not more than the most', async () => {
    const world = await openSkips();
    fill(world);
    world.skip('r', 6, 'poison');
    await world.settle(world.owner());
    expect(lettersIn(world)).toEqual([expect.stringContaining('below its own')]);
    for (let n = 0; n < SKIPS_MAX; n++) world.skip('nobody', 2, `other-${n}`);
    world.skip('r', 2, 'poison');
    await world.settle(world.owner());
    expect(await documentOf(world)).toMatchObject({ parked: { offset: 2 } });
    expect(lettersIn(world)).toContainEqual(expect.stringContaining(`${SKIPS_MAX} claims`));
  });

  it('is left open where the log no longer has the beginning of its stream', async () => {
    const world = await openSkips();
    fill(world);
    const one = world.owner();
    await world.settle(one);
    world.log.deleteHead('t', 0, 2);
    world.skip('r', 2, 'poison');
    await world.settle(one);
    expect(await documentOf(world)).toMatchObject({ parked: { offset: 2 } });
    const { hashes } = world.dump();
    expect(Object.values(hashes['skips'] ?? {})).toEqual([JSON.stringify(['run/r', 6, 1])]);
  });
});

describe('a parked stream that is folded again', () => {
  it('by rules that were mended is as if it had never been parked', async () => {
    const world = await openSkips();
    fill(world);
    await world.settle(world.owner());
    const one = world.owner(FIXED);
    const select = { kind: 'streams', subjects: ['run/r'], to: 6 } as const;
    const result = await world.carriedOut(one, taskOf('replace', select));
    expect(result).toMatchObject({ outcome: 'done', replaced: 1, records: 4 });
    expect(world.held()).toEqual(await world.fresh(FIXED));
    expect(await verdictOf(world, 'poison', 2)).toMatchObject({ state: 'accepted', seq: 2 });
  });

  it('stays parked by rules that were not, however many there are of them', async () => {
    const world = await openSkips();
    for (let n = 0; n < 6; n++) {
      world.claim(`s${n}`, 'run.started');
      world.claim(`s${n}`, POISON, n);
    }
    const one = world.owner({ breaker: { streams: 5, share: 1 } });
    await world.settle(one);
    const before = world.held();
    const strict = world.owner();
    const result = await world.carriedOut(strict, taskOf('replace', { kind: 'all', to: 12 }));
    expect(result).toMatchObject({ outcome: 'done', streams: 6, replaced: 6 });
    expect(world.held()).toEqual(before);
  });
});
