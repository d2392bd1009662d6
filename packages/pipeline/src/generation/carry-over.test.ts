import { CLAIM_SKIPPED, SKIP_WITHDRAWN } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { diffPartition } from '../diff/diff-partition.js';
import { NEWER } from '../project/rulebook.fixture.js';
import {
  carriedOf,
  decided,
  documentIn,
  isLevel,
  otherwise,
  withoutHead,
} from './carried-over.fixture.js';
import { openGenerations } from './two-generations.fixture.js';

const HOUR_MS = 3_600_000;

describe('where the log has lost its head, a new generation', () => {
  it('carries over the streams that began there, and folds the others anew', async () => {
    const world = await withoutHead();
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(carriedOf(world)).toMatchObject({ start: 4, views: { 'run@1': 2 } });
    expect(decided(world, 2)).toEqual(decided(world, 1));
    expect(documentIn(world, 2, 'half')).toEqual({
      ...documentIn(world, 1, 'half'),
      carried: 'run@1',
    });
    expect(documentIn(world, 2, 'fresh')?.views['run']).toMatchObject({ told_by: 'version 2' });
    expect(world.dumpOf(2).lists['t:run/half:0:0']?.join('\n').split('\n')).toHaveLength(3);
    expect(await otherwise(world)).toBeNull();
    const { store, projection } = world;
    const ports = { store, rulebook: NEWER, timing: { sleep: async () => undefined } };
    const request = { partition: 0, old: 1, new: 2, samples: 1 };
    const diff = await diffPartition(ports, projection, request);
    expect(diff).toMatchObject({ streams: 3, carried: 2, changed: 1, differingVerdicts: 0 });
    expect(diff.samples).toMatchObject([{ stream: 'run/fresh' }]);
    owner.revoke();
  });

  it('goes on judging as the live one does, is swapped in, and keeps their views', async () => {
    const world = await withoutHead();
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    world.run('half');
    world.run('ghost', 'run.delta', { id: 'refused' });
    world.run('fresh');
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(decided(world, 2)).toEqual(decided(world, 1));
    await world.swap('swap', 2);
    await world.until(async () => (await world.live()) === 2);
    await world.until(() => world.roles().join() === 'aside,live');
    world.run('half');
    world.run('fresh');
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(decided(world, 2)).toEqual(decided(world, 1));
    expect(documentIn(world, 2, 'half')?.views['run']).not.toHaveProperty('told_by');
    expect(documentIn(world, 2, 'fresh')?.views['run']).toHaveProperty('told_by');
    owner.revoke();
    const views = NEWER.views.filter(({ kind, version }) => kind !== 'run' || version === 2);
    const without = world.owner({ rulebook: { ...NEWER, views } });
    await expect(without.position()).rejects.toMatchObject({ code: 'view_version_mismatch' });
  });

  it('knows which skips were withdrawn before that', async () => {
    const world = await openGenerations();
    world.append({ subject: 'run/old', type: 'run.started' });
    world.append({ subject: 'run/old', type: 'run.delta', id: 'kept' });
    const say = (type: string) => {
      const data = { offset: 1, source: 'test', id: 'kept', operation: 'op:1' };
      world.append({ subject: 'run/old', type, data });
    };
    say(SKIP_WITHDRAWN);
    await world.foldAll(world.projector());
    world.log.deleteHead('t', 0, 3);
    world.append({ subject: 'run/fresh', type: 'run.started' });
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    say(CLAIM_SKIPPED);
    world.append({ subject: 'run/old', type: 'run.delta' });
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(decided(world, 2)).toEqual(decided(world, 1));
    expect(documentIn(world, 2, 'old')).toMatchObject({ state: { seq: 3 }, parked: null });
    expect(Object.values(world.dumpOf(2).hashes['skips'] ?? {})).toEqual(['["run/old",2,0]']);
    owner.revoke();
  });

  // What was refused at 1 has lapsed when `old` is read. Were `old` put into the slot before that has passed 2, the
  // copy there would be refused as if it were the first.
  it('judges no claim again that is in what was carried over', async () => {
    const world = await openGenerations();
    const old = (id: string, more = {}) =>
      world.append({ subject: 'run/old', type: 'run.started', id, ...more });
    const refused = () => old('refused', { type: 'run.delta', expectedseq: 9 });
    old('birth');
    refused();
    world.skip(20 * HOUR_MS);
    refused();
    world.skip(10 * HOUR_MS);
    world.append({ subject: 'run/fresh' });
    await world.foldAll(world.projector());
    world.log.deleteHead('t', 0, 2);
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(decided(world, 1).refusals).toEqual({});
    expect(decided(world, 2)).toEqual(decided(world, 1));
    owner.revoke();
  });

  it('is dropped with all that was carried over', async () => {
    const world = await withoutHead();
    await world.create();
    const owner = world.owner();
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    await world.drop('drop', 2);
    await world.until(async () => !(await world.pointer()).generations.has(2));
    const { text, lists, hashes, ranked } = world.dumpOf(2);
    expect(Object.keys({ ...text, ...lists, ...hashes, ...ranked })).toEqual([]);
    owner.revoke();
  });
});

/** The same numbers for the same seed, from 0 to below 1. */
function numbers(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return Math.floor((((state ^ (state >>> 13)) >>> 0) / 2 ** 32) * below);
  };
}

describe('carrying over, whatever comes meanwhile', () => {
  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    'seed %i',
    { timeout: 20_000 },
    async (seed) => {
      const world = await openGenerations();
      const number = numbers(seed);
      let ids = 0;
      const some = (): void => {
        const subject = `run/${number(12)}`;
        const type = ['run.started', 'run.delta', 'run.delta', 'run.completed'][number(4)] ?? '';
        const isCopy = ids > 0 && number(3) === 0;
        const id = isCopy ? `k${number(ids)}` : `k${ids++}`;
        world.append({ subject, type, id });
        // Clocks of brokers step back, too.
        if (number(6) === 0) world.skip((number(26) - 6) * HOUR_MS);
      };
      const count = 30 + number(60);
      for (let n = 0; n < count; n++) some();
      await world.foldAll(world.projector());
      world.log.deleteHead('t', 0, 1 + number(count - 1));
      await world.create();
      let owner = world.owner();
      const turns = number(40);
      for (let n = 0; n < turns; n++) {
        if (number(3) === 0) some();
        if (number(15) === 0) {
          owner.revoke();
          owner = world.owner();
        }
        await world.foldAll(owner);
        for (let ticks = number(6); ticks > 0; ticks--) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await world.foldAll(owner);
      await world.until(() => isLevel(world));
      const was = decided(world, 1);
      expect(decided(world, 2)).toEqual(was);
      expect(await otherwise(world)).toBeNull();
      for (let n = 0; n < 20; n++) some();
      await world.foldAll(owner);
      await world.until(() => isLevel(world));
      expect(await otherwise(world)).toBeNull();
      owner.revoke();
    },
  );
});
