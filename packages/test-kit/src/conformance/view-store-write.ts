import type { Slot, ViewStore, Writes } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { createMemoryViewStore } from '../memory/memory-view-store.js';
import { randomWrites, seeded } from './random-writes.js';
import { dumpSlot, SlotCatalogue } from './view-store-dump.js';
import { freshSlot, writesOf, type Subject } from './view-store-harness.js';

/** Commits one after the other and returns what the slot holds in the end. */
async function after(store: ViewStore, slot: Slot, ...commits: Partial<Writes>[]) {
  const catalogue = new SlotCatalogue();
  let expected: string | null = null;
  for (const [at, some] of commits.entries()) {
    const writes = writesOf(some);
    catalogue.note(writes);
    expect(await store.commit(slot, expected, `c${at}`, writes, [])).toEqual({
      outcome: 'committed',
    });
    expected = `c${at}`;
  }
  return dumpSlot(store, slot, catalogue);
}

const ODD_TEXTS = [
  '',
  ' ',
  'a\nb\r\n',
  '\0',
  'a\0b',
  'é',
  '€',
  '😀',
  '\uffff',
  '"',
  '\\',
  '{}',
  '-0',
];

/** Each kind of write, and the order in which the kinds of one commit are applied. */
export function writeSection(subject: Subject): void {
  describe('writes', () => {
    it('set replaces a text whole', async () => {
      const { text } = await after(
        subject().store,
        freshSlot(),
        { set: [['a', 'long text'], ['b', '1']] }, // prettier-ignore
        { set: [['a', 'x']] },
      );
      expect(text).toEqual({ a: 'x', b: '1' });
    });

    it('push appends in order, over commits and within one', async () => {
      const { lists } = await after(
        subject().store,
        freshSlot(),
        { push: [['a', '1'], ['b', 'x'], ['a', '2']] }, // prettier-ignore
        { push: [['a', '1'], ['a', '']] }, // prettier-ignore
      );
      expect(lists).toEqual({ a: ['1', '2', '1', ''], b: ['x'] });
    });

    it('putField and dropField change single fields; a hash without fields is gone', async () => {
      const { hashes } = await after(
        subject().store,
        freshSlot(),
        { putField: [['a', 'f', '1'], ['b', 'f', '2'], ['a', 'g', '3']] }, // prettier-ignore
        { putField: [['a', 'f', '4']], dropField: [['a', 'g'], ['b', 'f'], ['b', 'absent']] }, // prettier-ignore
      );
      expect(hashes).toEqual({ a: { f: '4' } });
    });

    it('a field put and dropped in one commit is dropped', async () => {
      const writes: Partial<Writes> = {
        putField: [['a', 'f', '1'], ['a', 'g', '1']], // prettier-ignore
        dropField: [['a', 'f']],
      };
      expect((await after(subject().store, freshSlot(), writes)).hashes).toEqual({ a: { g: '1' } });
    });

    it('rank inserts and moves, unrank takes out', async () => {
      const { ranked } = await after(
        subject().store,
        freshSlot(),
        { rank: [['a', 'x', 1], ['b', 'x', 5], ['a', 'y', 2]] }, // prettier-ignore
        { rank: [['a', 'x', 3], ['a', 'z', -4]], unrank: [['b', 'x'], ['a', 'absent']] }, // prettier-ignore
      );
      expect(ranked).toEqual({
        a: [
          { member: 'x', score: 3 },
          { member: 'y', score: 2 },
          { member: 'z', score: -4 },
        ],
      });
    });

    it('scores are exact up to the safe integers', async () => {
      const scores = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 0, Number.MIN_SAFE_INTEGER]; // prettier-ignore
      const rank = scores.map((score): Writes['rank'][number] => ['a', `m${score}`, score]);
      const { ranked } = await after(subject().store, freshSlot(), { rank });
      expect(ranked['a']?.map(({ score }) => score)).toEqual(scores);
    });

    it('count adds, also below zero, and zero is absence', async () => {
      const first: Partial<Writes> = { count: [['a', 5], ['b', -3], ['c', 2], ['d', 0]] }; // prettier-ignore
      const second: Partial<Writes> = { count: [['a', -7], ['b', 3], ['c', 1]] }; // prettier-ignore
      const { hashes } = await after(subject().store, freshSlot(), first, second);
      expect(hashes).toEqual({ counters: { a: '-2', c: '3' } });
      const last: Partial<Writes> = { count: [['a', 2], ['c', -3]] }; // prettier-ignore
      expect((await after(subject().store, freshSlot(), first, second, last)).hashes).toEqual({});
    });

    it('counters are exact up to the safe integers', async () => {
      const { hashes } = await after(
        subject().store,
        freshSlot(),
        { count: [['a', Number.MAX_SAFE_INTEGER - 1]] },
        { count: [['a', 1]] },
      );
      expect(hashes).toEqual({ counters: { a: '9007199254740991' } });
    });

    it('remove takes any kind away, and is applied last', async () => {
      const fill: Partial<Writes> = {
        set: [['a', '1'], ['keep', '1']], // prettier-ignore
        push: [['b', '1']],
        putField: [['c', 'f', '1']],
        rank: [['d', 'm', 1]],
        count: [['n', 1]],
      };
      const remove = ['a', 'b', 'c', 'd', 'counters', 'absent'];
      const left = { text: { keep: '1' }, lists: {}, hashes: {}, ranked: {} };
      const { store } = subject();
      expect(await after(store, freshSlot(), fill, { remove })).toMatchObject(left);
      expect(await after(store, freshSlot(), { ...fill, remove })).toMatchObject(left);
    });

    it('a removed name may come back as another kind', async () => {
      const dump = await after(
        subject().store,
        freshSlot(),
        { set: [['a', '1']], push: [['b', '1']], rank: [['c', 'm', 1]] },
        { remove: ['a', 'b', 'c'] },
        { push: [['a', '2']], rank: [['b', 'm', 2]], set: [['c', '2']] },
      );
      expect(dump).toMatchObject({
        text: { c: '2' },
        lists: { a: ['2'] },
        hashes: {},
        ranked: { b: [{ member: 'm', score: 2 }] },
      });
    });

    it('any well-formed text survives in every place', async () => {
      const dump = await after(subject().store, freshSlot(), {
        set: ODD_TEXTS.map((text, at) => [`t:${at}`, text]),
        push: ODD_TEXTS.map((text) => ['list', text]),
        putField: ODD_TEXTS.map((text) => ['hash', text, text]),
        rank: ODD_TEXTS.map((text) => ['index', text, 0]),
        count: ODD_TEXTS.map((text) => [text, 1]),
      });
      expect(Object.values(dump.text)).toEqual(ODD_TEXTS);
      expect(dump.lists['list']).toEqual(ODD_TEXTS);
      expect(dump.hashes['hash']).toEqual(
        Object.fromEntries(ODD_TEXTS.map((text) => [text, text])),
      );
      expect(dump.ranked['index']?.map(({ member }) => member).sort()).toEqual(
        [...ODD_TEXTS].sort(),
      );
      expect(dump.hashes['counters']).toEqual(Object.fromEntries(ODD_TEXTS.map((t) => [t, '1'])));
    });
  });

  describe('big commits', () => {
    it('of 400 documents with a timeline, an index entry and a field each', async () => {
      const ids = Array.from({ length: 400 }, (_, at) => `run-${at}`);
      const dump = await after(subject().store, freshSlot(), {
        set: ids.map((id) => [`d:${id}`, id.repeat(50)]),
        push: ids.map((id) => [`t:${id}`, id]),
        putField: ids.map((id) => ['register', id, id]),
        rank: ids.map((id, at) => ['i', id, at]),
        count: ids.map((id) => [id, 1]),
      });
      expect(Object.keys(dump.text)).toHaveLength(400);
      expect(Object.keys(dump.lists)).toHaveLength(400);
      expect(Object.keys(dump.hashes['register'] ?? {})).toHaveLength(400);
      expect(dump.ranked['i']?.[0]).toEqual({ member: 'run-399', score: 399 });
    });

    it('of 20,000 writes of every kind to one name each', async () => {
      const many = Array.from({ length: 20_000 }, (_, at) => String(at));
      const { store } = subject();
      const slot = freshSlot();
      const full: Partial<Writes> = {
        set: many.map((one) => [`d:${one}`, one]),
        push: many.map((one) => ['list', one]),
        putField: many.map((one) => ['hash', one, one]),
        rank: many.map((one) => ['index', one, Number(one)]),
        count: many.map((one) => [one, 1]),
      };
      const dump = await after(store, slot, full);
      expect(dump.lists['list']).toEqual(many);
      expect(Object.keys(dump.hashes['hash'] ?? {})).toHaveLength(20_000);
      expect(dump.ranked['index']).toHaveLength(20_000);
      const emptied = await after(store, freshSlot(), full, {
        dropField: many.map((one) => ['hash', one]),
        unrank: many.map((one) => ['index', one]),
        count: many.map((one) => [one, -1]),
        remove: [...many.map((one) => `d:${one}`), 'list'],
      });
      expect(emptied).toEqual({ checkpoint: 'c1', text: {}, lists: {}, hashes: {}, ranked: {} });
    });

    it('of values of 1 MiB', async () => {
      const big = '€'.repeat(349_526);
      const dump = await after(
        subject().store,
        freshSlot(),
        { set: [['a', big]], push: [['b', big]], putField: [['c', 'f', big]] },
        { push: [['b', 'small']] },
      );
      expect(dump.text['a'] === big).toBe(true);
      expect(dump.lists['b']?.[0] === big).toBe(true);
      expect(dump.lists['b']?.[1]).toBe('small');
      expect(dump.hashes['c']?.['f'] === big).toBe(true);
    });
  });

  describe('against the memory store', () => {
    it.each([1, 2, 3, 4, 5, 6])('random commits give the same slot, seed %i', async (seed) => {
      const { store } = subject();
      const memory = createMemoryViewStore();
      const slot = freshSlot();
      const random = seeded(seed);
      const catalogue = new SlotCatalogue();
      let expected: string | null = null;
      for (let round = 0; round < 25; round++) {
        const writes = randomWrites(random);
        catalogue.note(writes);
        const next = `c${round}`;
        await store.commit(slot, expected, next, writes, []);
        await memory.commit(slot, expected, next, writes, []);
        expected = next;
        expect(await dumpSlot(store, slot, catalogue)).toEqual(memory.dump(slot));
      }
    });
  });
}
