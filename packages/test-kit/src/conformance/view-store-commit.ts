import { noWrites } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { freshSlot, writesOf, type Subject } from './view-store-harness.js';

/** The fence: a commit happens whole, and only on top of exactly the checkpoint it expects. */
export function commitSection(subject: Subject): void {
  describe('commit', () => {
    it('starts from no checkpoint, and only from none', async () => {
      const { store } = subject();
      const slot = freshSlot();
      expect(await store.read(slot, [])).toEqual({ checkpoint: null, results: [] });
      expect(await store.commit(slot, '', 'c1', noWrites(), [])).toEqual({
        outcome: 'stale',
        current: null,
      });
      expect(await store.commit(slot, null, 'c1', noWrites(), [])).toEqual({
        outcome: 'committed',
      });
      expect(await store.commit(slot, null, 'c2', noWrites(), [])).toEqual({
        outcome: 'stale',
        current: 'c1',
      });
      expect((await store.read(slot, [])).checkpoint).toBe('c1');
    });

    it.each([
      ['a prefix', 'refold/1 next=10', 'refold/1 next=1'],
      ['a longer text', 'refold/1 next=1', 'refold/1 next=10'],
      ['another case', 'live', 'LIVE'],
      ['a number that is equal', '10', '10.0'],
      ['composed letters', '\u00e9', 'e\u0301'],
      ['no text', 'x', ''],
      ['text after a NUL', 'a\0b', 'a\0c'],
    ])('compares the whole text: %s is stale', async (_what, stands, expected) => {
      const { store } = subject();
      const slot = freshSlot();
      await store.commit(slot, null, stands, noWrites(), []);
      const writes = writesOf({ set: [['d', 'torn']] });
      expect(await store.commit(slot, expected, 'next', writes, [])).toEqual({
        outcome: 'stale',
        current: stands,
      });
      expect(await store.read(slot, [{ kind: 'get', name: 'd' }])).toEqual({
        checkpoint: stands,
        results: [null],
      });
    });

    it('keeps a checkpoint of any text', async () => {
      const { store } = subject();
      const slot = freshSlot();
      let expected: string | null = null;
      for (const next of ['', 'line\nline\r\n', '\0', 'é€😀', '"{}\\"', 'x'.repeat(10_000)]) {
        expect(await store.commit(slot, expected, next, noWrites(), [])).toEqual({
          outcome: 'committed',
        });
        expect((await store.read(slot, [])).checkpoint).toBe(next);
        expected = next;
      }
    });

    it('writes nothing at all when it is stale', async () => {
      const { store } = subject();
      const slot = freshSlot();
      const before = writesOf({
        set: [['text', 'old']],
        push: [['list', 'old']],
        putField: [['hash', 'f', 'old']],
        rank: [['index', 'm', 1]],
        count: [['n', 1]],
      });
      await store.commit(slot, null, 'c1', before, []);
      const late = writesOf({
        set: [['text', 'new']],
        push: [['list', 'new']],
        putField: [['hash', 'g', 'new']],
        dropField: [['hash', 'f']],
        rank: [['index', 'm', 2]],
        unrank: [['index', 'm']],
        count: [['n', 5]],
        remove: ['text'],
      });
      expect((await store.commit(slot, 'c0', 'c2', late, [])).outcome).toBe('stale');
      const { checkpoint, results } = await store.read(slot, [
        { kind: 'get', name: 'text' },
        { kind: 'list', name: 'list' },
        { kind: 'fields', name: 'hash' },
        { kind: 'ranked', name: 'index', limit: 10 },
        { kind: 'fields', name: 'counters' },
      ]);
      expect(checkpoint).toBe('c1');
      expect(results).toEqual([
        'old',
        ['old'],
        new Map([['f', 'old']]),
        [{ member: 'm', score: 1 }],
        new Map([['n', '1']]),
      ]);
    });

    it('keeps slots apart by projection, generation and partition', async () => {
      const { store } = subject();
      const slot = freshSlot();
      const slots = [
        slot,
        { ...slot, projection: `${slot.projection}x` },
        { ...slot, generation: 11 },
        { ...slot, partition: 1 },
        { ...slot, partition: 10 },
      ];
      for (const [at, one] of slots.entries()) {
        const writes = writesOf({ set: [['d', String(at)]], count: [['n', at + 1]] });
        expect((await store.commit(one, null, `c${at}`, writes, [])).outcome).toBe('committed');
      }
      for (const [at, one] of slots.entries()) {
        const reads = [
          { kind: 'get', name: 'd' },
          { kind: 'field', name: 'counters', field: 'n' },
        ] as const;
        expect(await store.read(one, reads)).toEqual({
          checkpoint: `c${at}`,
          results: [String(at), String(at + 1)],
        });
      }
    });

    it('is seen whole by the peer', async () => {
      const { store, peer } = subject();
      const slot = freshSlot();
      await store.commit(slot, null, 'c1', writesOf({ set: [['d', '1']] }), []);
      expect(await peer.read(slot, [{ kind: 'get', name: 'd' }])).toEqual({
        checkpoint: 'c1',
        results: ['1'],
      });
      await peer.commit(slot, 'c1', 'c2', writesOf({ set: [['d', '2']] }), []);
      expect(await store.read(slot, [{ kind: 'get', name: 'd' }])).toEqual({
        checkpoint: 'c2',
        results: ['2'],
      });
    });
  });

  describe('settings', () => {
    it('have no fault, and the store answers', async () => {
      const { store } = subject();
      expect(await store.check()).toEqual([]);
      expect(await store.ping()).toBeNull();
    });

    it('a pinned fact stays what it was first', async () => {
      const { store, peer } = subject();
      const { projection } = freshSlot();
      expect(await store.pin(projection, 'partitions', '8')).toBe('8');
      expect(await store.pin(projection, 'partitions', '16')).toBe('8');
      expect(await peer.pin(projection, 'partitions', '4')).toBe('8');
      expect(await peer.pin(projection, 'topic', 'runs')).toBe('runs');
      expect(await store.pin(`${projection}x`, 'partitions', '16')).toBe('16');
    });

    it('of many that pin at once, all are told the same', async () => {
      const { store, peer } = subject();
      const { projection } = freshSlot();
      const asked = Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? store : peer).pin(projection, 'partitions', String(at)),
      );
      expect(new Set(await Promise.all(asked)).size).toBe(1);
    });
  });
}
