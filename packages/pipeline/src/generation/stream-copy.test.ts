import { describe, expect, it } from 'vitest';
import { lastRecordOf } from '../fold/fold-cut.js';
import { noWrites } from '../ports/view-store.js';
import type { ViewStore } from '../ports/view-store.js';
import { OwnedSlot } from '../project/owned-slot.js';
import { NEWER } from '../project/rulebook.fixture.js';
import { slotOf } from '../projection.js';
import { encodeDocument } from '../slot/stream-document.js';
import { CarriedMoments } from './carried-moments.js';
import { documentIn, withoutHead } from './carried-over.fixture.js';
import { CarriedSlot } from './carried-slot.js';
import { CarriedSource } from './carried-source.js';
import { ListCopy } from './list-copy.js';
import { generationOf } from './pointer.js';
import { StreamCopy } from './stream-copy.js';
import { quickTiming } from './two-generations.fixture.js';

/** A slot that stands at 4, where the log begins; the live one stands at 6. */
async function opened(foldTo: () => Promise<boolean>) {
  const world = await withoutHead();
  const { log, store, projection } = world;
  let ids = 0;
  const ports = {
    ...{ log, store, timing: quickTiming(), rulebook: NEWER, commitId: () => `copy-${ids++}` },
    ...{ committed: () => undefined, trouble: () => undefined, mirror: async () => [] },
  };
  const live = slotOf(projection, 0);
  const beginning = { role: 'aside', views: 'run@2', from: live } as const;
  const owned = new OwnedSlot(ports, generationOf(projection, 2), 0, () => beginning);
  await owned.queued(() => owned.loaded());
  const slot = new CarriedSlot(owned);
  const copy = new StreamCopy(slot, new ListCopy(slot), new CarriedMoments(), NEWER, foldTo);
  const half = () => documentIn(world, 2, 'half');
  const from = (read: ViewStore['read'] = (...asked) => store.read(...asked)) =>
    new CarriedSource({ read }, live);
  const standAt = async (next: number) => {
    await owned.queued(async () => {
      const cache = await owned.loaded();
      const record = log.records('t', 0).find(({ offset }) => offset === next - 1);
      const last = record === undefined ? null : lastRecordOf(record);
      const folded = { decider: 1, time: cache.time, last };
      await owned.commit(cache, { next, folded, writes: noWrites() });
    });
  };
  return { world, copy, half, from, standAt };
}

describe('a stream is put into a slot', () => {
  it('that stands where it was read', async () => {
    const { copy, from, half, standAt, world } = await opened(async () => true);
    await standAt(6);
    expect(await copy.copy(from(), ['run/half'])).toEqual(new Set());
    expect(half()).toMatchObject({ carried: 'run@1', next: documentIn(world, 1, 'half')?.next });
  });

  it.each([4, 5, 7])('and into none that stands at %i instead of 6', async (next) => {
    const { copy, from, half, standAt } = await opened(async () => true);
    await standAt(next);
    expect(await copy.copy(from(), ['run/half'])).toBeNull();
    expect(half()).toBeNull();
  });

  it('and into none that cannot be folded up to there', async () => {
    const { copy, from, half, standAt } = await opened(async () => false);
    await standAt(6);
    expect(await copy.copy(from(), ['run/half'])).toBeNull();
    expect(half()).toBeNull();
  });

  it('and not where it was replaced while its lists were read', async () => {
    const { copy, from, half, standAt, world } = await opened(async () => true);
    await standAt(6);
    let isRead = false;
    const read: ViewStore['read'] = async (slot, reads) => {
      const found = await world.store.read(slot, reads);
      if (reads.some(({ kind }) => kind === 'list')) isRead = true;
      const document = documentIn(world, 1, 'half');
      if (!isRead || document === null || reads.some(({ kind }) => kind !== 'get')) return found;
      const text = encodeDocument({ ...document, incarnation: 7 });
      return { ...found, results: reads.map(() => text) as typeof found.results };
    };
    expect(await copy.copy(from(read), ['run/half'])).toBeNull();
    expect(half()).toBeNull();
  });
});
