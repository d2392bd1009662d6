import type { Slot, ViewStore, Writes } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { seeded } from './random-writes.js';
import { freshSlot, writesOf, type Subject } from './view-store-harness.js';

type Rank = Writes['rank'][number];
interface Ranked {
  member: string;
  score: number;
}

async function page(
  store: ViewStore,
  slot: Slot,
  limit: number,
  before?: Ranked,
): Promise<Ranked[]> {
  const read = { kind: 'ranked' as const, name: 'i', limit };
  const { results } = await store.read(slot, [
    before === undefined ? read : { ...read, before },
  ] as const);
  return results[0];
}

/** Every page from the top, each taken from the last row of the one before it. */
async function pages(store: ViewStore, slot: Slot, limit: number): Promise<Ranked[]> {
  const rows: Ranked[] = [];
  for (let got = await page(store, slot, limit); got.length > 0;) {
    expect(got.length).toBeLessThanOrEqual(limit);
    rows.push(...got);
    got = await page(store, slot, limit, got.at(-1));
  }
  return rows;
}

/** Reads: one moment, and an order that pages can rely on. */
export function readSection(subject: Subject): void {
  describe('read', () => {
    it('answers each kind of read, and absence, in the order asked', async () => {
      const { store } = subject();
      const slot = freshSlot();
      const writes = writesOf({
        set: [['text', 'v']],
        push: [['list', 'e']],
        putField: [['hash', 'f', 'v']],
        rank: [['index', 'm', 1]],
      });
      await store.commit(slot, null, 'c1', writes, []);
      const { results } = await store.read(slot, [
        { kind: 'ranked', name: 'index', limit: 5 },
        { kind: 'field', name: 'hash', field: 'f' },
        { kind: 'field', name: 'hash', field: 'absent' },
        { kind: 'fields', name: 'hash' },
        { kind: 'list', name: 'list' },
        { kind: 'get', name: 'text' },
        { kind: 'get', name: 'absent' },
        { kind: 'list', name: 'absent' },
        { kind: 'fields', name: 'absent' },
        { kind: 'field', name: 'absent', field: 'f' },
        { kind: 'ranked', name: 'absent', limit: 5 },
        { kind: 'ranked', name: 'absent', before: { score: 1, member: 'm' }, limit: 5 },
      ]);
      expect(results).toEqual([
        [{ member: 'm', score: 1 }],
        'v',
        null,
        new Map([['f', 'v']]),
        ['e'],
        'v',
        null,
        [],
        new Map(),
        null,
        [],
        [],
      ]);
    });

    it('many texts at once', async () => {
      const { store } = subject();
      const slot = freshSlot();
      const names = Array.from({ length: 1000 }, (_, at) => `d:${at}`);
      await store.commit(slot, null, 'c', writesOf({ set: names.map((one) => [one, one]) }), []);
      const reads = names.map((name) => ({ kind: 'get' as const, name }));
      expect((await store.read(slot, reads)).results).toEqual(names);
    });

    it('belongs to one moment while commits go on', async () => {
      const { store, peer } = subject();
      const slot = freshSlot();
      await store.commit(slot, null, '0', momentWrites(0), []);
      let writing = true;
      const writer = (async () => {
        for (let at = 1; at <= 200; at++) {
          await store.commit(slot, String(at - 1), String(at), momentWrites(at), []);
        }
        writing = false;
      })();
      let moments = 0;
      while (writing) {
        const { checkpoint, results } = await peer.read(slot, [
          { kind: 'get', name: 'a' },
          { kind: 'list', name: 'l' },
          { kind: 'field', name: 'h', field: 'f' },
          { kind: 'ranked', name: 'i', limit: 1 },
          { kind: 'get', name: 'z' },
          { kind: 'field', name: 'counters', field: 'n' },
        ]);
        const at = Number(checkpoint);
        expect(results).toEqual([
          String(at),
          Array.from({ length: at + 1 }, (_, one) => String(one)),
          String(at),
          [{ member: 'm', score: at }],
          String(at),
          String(at + 1),
        ]);
        const texts = await peer.read(slot, [
          { kind: 'get', name: 'a' },
          { kind: 'get', name: 'z' },
        ]);
        expect(texts.results).toEqual([texts.checkpoint, texts.checkpoint]);
        moments += 1;
      }
      await writer;
      expect(moments).toBeGreaterThan(0);
    });
  });

  describe('ranked', () => {
    it('breaks ties by the bytes of the member, descending', async () => {
      const { store } = subject();
      const slot = freshSlot();
      const members = ['a', 'B', 'aa', '~', '\u00e9', '\uff5e', '😀', '', 'a\0'];
      await store.commit(slot, null, 'c', writesOf({ rank: members.map((m): Rank => ['i', m, 7]) }), []); // prettier-ignore
      const order = ['😀', '\uff5e', '\u00e9', '~', 'aa', 'a\0', 'a', 'B', ''];
      expect((await page(store, slot, 100)).map(({ member }) => member)).toEqual(order);
      for (const limit of [1, 2, 4]) {
        expect((await pages(store, slot, limit)).map(({ member }) => member)).toEqual(order);
      }
    });

    it.each([1, 3, 7, 200])('pages of %i reach every row once, with many ties', async (limit) => {
      const { store } = subject();
      const slot = freshSlot();
      const random = seeded(limit);
      const rank = Array.from({ length: 150 }, (_, at): Rank => [
        'i',
        `run-${at}`,
        random(5) === 0 ? random(1000) - 500 : random(3),
      ]);
      await store.commit(slot, null, 'c', writesOf({ rank }), []);
      const all = await page(store, slot, 1000);
      expect(all).toHaveLength(150);
      expect(await pages(store, slot, limit)).toEqual(all);
    });

    it('goes on from a cursor whose row is gone, moved, or never was', async () => {
      const { store } = subject();
      const slot = freshSlot();
      const rank = ['a', 'b', 'c', 'd', 'e', 'f'].map((m): Rank => ['i', m, 1]);
      rank.push(['i', 'high', 9], ['i', 'low', -9]);
      await store.commit(slot, null, 'c1', writesOf({ rank }), []);
      const change = writesOf({ rank: [['i', 'd', 5]], unrank: [['i', 'b']] });
      await store.commit(slot, 'c1', 'c2', change, []);
      const names = async (score: number, member: string, limit = 10) =>
        (await page(store, slot, limit, { score, member })).map((row) => row.member);
      expect(await names(1, 'd')).toEqual(['c', 'a', 'low']);
      expect(await names(1, 'b')).toEqual(['a', 'low']);
      expect(await names(1, 'cc', 1)).toEqual(['c']);
      expect(await names(1, 'zzz')).toEqual(['f', 'e', 'c', 'a', 'low']);
      expect(await names(1, '')).toEqual(['low']);
      expect(await names(5, 'd')).toEqual(['f', 'e', 'c', 'a', 'low']);
      expect(await names(2, 'x', 2)).toEqual(['f', 'e']);
      expect(await names(100, '')).toEqual(['high', 'd', 'f', 'e', 'c', 'a', 'low']);
      expect(await names(-9, 'low')).toEqual([]);
      expect(await names(-100, 'x')).toEqual([]);
    });
  });
}

const momentWrites = (at: number): Writes =>
  writesOf({
    set: [['a', String(at)], ['z', String(at)]], // prettier-ignore
    push: [['l', String(at)]],
    putField: [['h', 'f', String(at)]],
    rank: [['i', 'm', at]],
    count: [['n', 1]],
  });
