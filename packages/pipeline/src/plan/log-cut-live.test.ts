import { createMemoryViewStore, foldLog } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { SLOT } from '../project/one-partition.fixture.js';
import { ProjectionReader } from '../read/projection-reader.js';
import type { RefoldTask } from '../refold/refold-task.js';
import { DAY_MS, openCuts } from './log-cut.fixture.js';

/** Runs of which the next one begins before the last one is over: at each of the places two are under way. */
async function busy(runs: number) {
  const world = await openCuts();
  const { claim, place } = world;
  const places: number[] = [];
  const firsts: number[] = [];
  const go = (n: number): void => {
    firsts.push(claim(`r${n}`, 'run.started'));
    if (n === 0) return;
    places.push(place());
    claim(`r${n - 1}`, 'run.delta');
    claim(`r${n - 1}`, 'run.finished', { status: 'failed' });
    claim(`r${n - 1}`, 'run.archived');
  };
  for (let n = 0; n < runs; n++) go(n);
  const documents = (texts: Record<string, string>, but: readonly string[] = []) =>
    Object.fromEntries(
      Object.entries(texts).filter(([name]) => name.startsWith('d:') && !but.includes(name)),
    );
  return { ...world, places, firsts, go, documents };
}

const evict = (operation: string, to: number): RefoldTask => ({
  ...{ operation, effect: 'evict', select: { kind: 'all', to } },
});

describe('cutting a log on which some run is always under way', () => {
  it('parts runs that are archived, which a fresh fold then never begins', async () => {
    const world = await busy(12);
    const { cut, settle, places, firsts, log, store, projection, documents, dump } = world;
    await settle();
    const found = await cut();
    const [at = 0] = places.slice(-2);
    expect(found).toMatchObject({
      ...{ start: 0, to: at, streams: 11 },
      heldBy: { reason: 'stream', stream: 'run/r11', offset: firsts[11] },
    });
    await log.truncate('t', 0, found.to);
    const fresh = async () => {
      const other = createMemoryViewStore();
      await foldLog(log, other, projection);
      return other;
    };
    await world.carriedOut(world.owner(), evict('o-1', found.to));
    // Runs that were parted stay until the log is cut behind them: claims of them are still there.
    const parted = ['d:run/r9', 'd:run/r10'];
    expect(Object.keys(documents(dump().text)).sort()).toEqual([...parted, 'd:run/r11'].sort());
    const read = async (from: typeof store) =>
      (await new ProjectionReader(from, projection).document('run', 'r11')).document;
    expect((await read(await fresh()))?.state).toEqual((await read(store))?.state);
    expect(Object.keys(documents((await fresh()).dump(SLOT).text))).toEqual(['d:run/r11']);
    const verify = { kind: 'all', to: world.next() ?? 0 } as const;
    const task = { operation: 'v-1', effect: 'compare', select: verify } as const;
    expect(await world.carriedOut(world.owner(), task)).toMatchObject({
      ...{ outcome: 'done', streams: 1, differing: 0, aggregates: 'compared' },
      ...{ unrebuildable: 2, unrebuildableStreams: ['run/r9', 'run/r10'] },
    });
  });

  it('comes to everything, one cut after the other', async () => {
    const world = await busy(6);
    const { cut, settle, log, go, place, claim, dump, documents } = world;
    let gone = 0;
    for (let n = 6; n < 12; n += 3) {
      await settle();
      const { to, streams } = await cut();
      expect(streams).toBeGreaterThan(0);
      gone += streams;
      await log.truncate('t', 0, to);
      await world.carriedOut(world.owner(), evict(`o-${n}`, to));
      for (let m = n; m < n + 3; m++) go(m);
    }
    claim('r11', 'run.finished', { status: 'failed' });
    claim('r11', 'run.archived');
    const end = place();
    await settle();
    const last = await cut();
    expect(last).toMatchObject({ to: end, heldBy: { reason: 'recent' } });
    expect(gone + last.streams).toBe(12);
    await log.truncate('t', 0, end);
    await world.carriedOut(world.owner(), evict('o-last', end));
    expect(documents(dump().text)).toEqual({});
    expect(world.held()).toEqual(await world.fresh());
  });

  it('does not part a run from a claim that would begin it anew', async () => {
    const { claim, place, cut, settle, log, store, projection } = await openCuts();
    claim('a', 'run.created');
    const early = place();
    const again = claim('a', 'run.started');
    claim('a', 'run.finished', { status: 'failed' });
    claim('a', 'run.archived');
    await settle();
    expect(await cut()).toMatchObject({
      ...{ to: 0, streams: 0, heldBy: { reason: 'parted', stream: 'run/a', offset: 0 } },
    });
    const fresh = createMemoryViewStore();
    await log.truncate('t', 0, early);
    await foldLog(log, fresh, projection);
    const { document } = await new ProjectionReader(fresh, projection).document('run', 'a');
    expect(document).toMatchObject({ first: again, state: { seq: 3, status: 'archived' } });
    expect(
      (await new ProjectionReader(store, projection).document('run', 'a')).document,
    ).toMatchObject({ state: { seq: 4 } });
  });

  it('does not part a run whose last event is young', async () => {
    const { claim, place, cut, settle, pass } = await openCuts();
    claim('a', 'run.started');
    const at = place();
    claim('old', 'run.delta');
    pass(2 * DAY_MS);
    claim('a', 'run.finished', { status: 'failed' });
    claim('a', 'run.archived');
    await settle();
    expect(await cut(3 * DAY_MS)).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'parted', stream: 'run/a', offset: 0 } },
    });
    expect(await cut(4 * DAY_MS)).toMatchObject({ to: at, heldBy: { reason: 'recent' } });
  });

  it('reads on behind what holds it, to where the runs end that it parts', async () => {
    const { claim, place, cut, settle } = await openCuts();
    claim('a', 'run.started');
    const at = place();
    claim('stuck', 'run.started');
    for (let n = 0; n < 8_000; n++) claim('stuck', 'run.delta');
    const again = claim('a', 'run.started');
    claim('a', 'run.finished', { status: 'failed' });
    claim('a', 'run.archived');
    await settle();
    expect(again).toBeGreaterThan(at);
    expect(await cut()).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'parted', stream: 'run/a', offset: 0 } },
    });
  });
});
