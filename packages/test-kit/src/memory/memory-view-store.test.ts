import { noWrites, type Slot } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from './memory-slot.js';
import { createMemoryViewStore } from './memory-view-store.js';

const slot: Slot = { projection: 'runs', generation: 1, partition: 0 };

describe('the memory view store', () => {
  it('dumps a slot as plain data', () => {
    const store = createMemoryViewStore();
    const writes = noWrites();
    writes.set.push(['d', 'v']);
    writes.push.push(['l', 'e']);
    writes.putField.push(['h', 'f', 'v']);
    writes.rank.push(['i', 'a', 1], ['i', 'b', 2]);
    writes.count.push(['n', 3]);
    store.commitNow(slot, null, 'c1', writes, []);
    expect(store.dump(slot)).toEqual({
      checkpoint: 'c1',
      text: { d: 'v' },
      lists: { l: ['e'] },
      hashes: { h: { f: 'v' }, counters: { n: '3' } },
      ranked: {
        i: [
          { member: 'b', score: 2 },
          { member: 'a', score: 1 },
        ],
      },
    });
    expect(store.slotTags()).toEqual(['{runs.g1.p0}']);
  });

  it('comes back as it was captured, as often as asked', () => {
    const store = createMemoryViewStore();
    const writes = noWrites();
    writes.push.push(['l', '1']);
    store.commitNow(slot, null, 'c1', writes, []);
    const image = store.capture();
    const before = store.dump(slot);
    for (let time = 0; time < 2; time++) {
      expect(store.commitNow(slot, 'c1', 'c2', writes, [])).toEqual({ outcome: 'committed' });
      store.restore(image);
      expect(store.dump(slot)).toEqual(before);
    }
    store.wipe();
    expect(store.commitNow(slot, 'c1', 'c2', writes, [])).toEqual({
      outcome: 'stale',
      current: null,
    });
  });

  it('an answer is a copy', () => {
    const store = createMemoryViewStore();
    const writes = noWrites();
    writes.push.push(['l', '1']);
    store.commitNow(slot, null, 'c1', writes, []);
    const reads = [{ kind: 'list', name: 'l' }] as const;
    store.readNow(slot, reads).results[0].push('2');
    expect(store.readNow(slot, reads).results[0]).toEqual(['1']);
  });

  it.each([
    ['a name of two kinds', { push: [['d', '1']] as [string, string][] }],
    ['two kinds in one commit', { set: [['x', '1']], push: [['x', '1']] }],
    ['the reserved name', { set: [['checkpoint', '1']] }],
    ['an unsafe score', { rank: [['i', 'm', 0.5]] }],
    ['an unsafe amount', { count: [['n', 2 ** 53]] }],
  ])('refuses %s whole', (_what, misuse) => {
    const store = createMemoryViewStore();
    const first = noWrites();
    first.set.push(['d', 'v']);
    store.commitNow(slot, null, 'c1', first, []);
    const before = store.dump(slot);
    const writes = { ...noWrites(), ...(misuse as Partial<ReturnType<typeof noWrites>>) };
    writes.set = [...writes.set, ['other', '1']];
    expect(() => store.commitNow(slot, 'c1', 'c2', writes, [])).toThrow(TypeError);
    expect(store.dump(slot)).toEqual(before);
  });

  it('orders text by bytes, not by code units', () => {
    expect(compareUtf8('\uff5e', '😀')).toBeLessThan(0);
    expect('\uff5e' < '😀').toBe(false);
  });

  it('is of no use once closed', async () => {
    const store = createMemoryViewStore();
    await store.close();
    expect(await store.ping()).toBe('the store is closed');
    await expect(store.read(slot, [])).rejects.toThrow('closed');
  });
});
