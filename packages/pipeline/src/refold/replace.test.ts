import { describe, expect, it } from 'vitest';
import type { ViewStore } from '../ports/view-store.js';
import { SLOT, bound } from '../project/one-partition.fixture.js';
import { ProjectionReader } from '../read/projection-reader.js';
import { LAPSE_MS } from '../slot/refusals.js';
import { decodeDocument } from '../slot/stream-document.js';
import { verdictEntries } from '../slot/verdict-digest.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';
import type { RefoldWorld } from './refold-world.fixture.js';

/** A few runs: duplicates, refusals before and after a birth, and one that never begins. */
function fill({ append }: RefoldWorld): void {
  const early = { type: 'run.delta', id: 'early', subject: 'run/b' };
  append({ subject: 'run/a' });
  append(early);
  append({ subject: 'run/b', id: 'b' });
  append(early);
  append({ subject: 'run/a', type: 'run.message', data: { role: 'user', content: 'hi' } });
  append({ subject: 'run/b', id: 'b' });
  append({ subject: 'run/b', id: 'b', data: { title: 'other' } });
  append({ subject: 'run/never', type: 'run.delta' });
  for (let n = 0; n < 150; n++)
    append({ subject: 'run/a', type: 'run.delta', data: { text: `${n}` } });
  append({ subject: 'run/c', type: 'run.started' });
  append({ subject: 'run/b', type: 'run.finished', data: { status: 'succeeded' } });
}

describe('a stream that begins behind copies of a refusal that has lapsed', () => {
  it.each(['replace', 'compare'] as const)(
    'is judged from its own beginning (%s)',
    async (effect) => {
      const world = await openRefolds();
      const early = { subject: 'run/b', type: 'run.delta', id: 'early' };
      world.append(early);
      world.skip(LAPSE_MS / 2);
      world.append({ subject: 'run/a' });
      world.append(early);
      world.skip(LAPSE_MS / 2);
      world.append({ subject: 'run/b' });
      world.append(early);
      const one = world.owner();
      // Reading begins where the other run does, and there the copy would be refused for the first time.
      const result = await world.refolded(one, taskOf(effect, { kind: 'all', to: 5 }));
      expect(result).toMatchObject({ outcome: 'done', streams: 2, differing: 0, readFrom: 1 });
      expect(world.held()).toEqual(await world.fresh());
    },
  );
});

describe('a refold that replaces', () => {
  it.each([
    ['all streams', { kind: 'all', to: 160 } as const, 4],
    ['the streams of a range', { kind: 'range', from: 1, to: 4 } as const, 1],
    ['named streams', { kind: 'streams', subjects: ['run/b', 'run/c'], to: 160 } as const, 2],
  ])('leaves %s as a fresh fold makes them', async (_, select, streams) => {
    const world = await openRefolds();
    fill(world);
    const one = world.owner();
    const result = await world.refolded(one, taskOf('replace', select));
    expect(result).toMatchObject({ outcome: 'done', streams, replaced: streams, unrebuildable: 0 });
    expect(world.held()).toEqual(await world.fresh());
    world.append({ subject: 'run/a', type: 'run.delta' });
    world.append({ subject: 'run/b', type: 'run.delta', id: 'early' });
    world.append({ subject: 'run/never' });
    await world.foldAll(one);
    expect(world.held()).toEqual(await world.fresh());
  });

  it('counts what it read', async () => {
    const world = await openRefolds();
    fill(world);
    const select = { kind: 'streams', subjects: ['run/b'], to: 5 } as const;
    const result = await world.refolded(world.owner(), taskOf('replace', select));
    expect(result).toMatchObject({
      readFrom: 1,
      to: 5,
      records: 3,
      tailRecords: 3,
      readRecords: 159,
    });
  });

  it('mends a document, a timeline and a register that were damaged', async () => {
    const world = await openRefolds();
    fill(world);
    const one = world.owner();
    await world.foldAll(one);
    const ruined = world.documentText('run/a').replace('"message_count":1', '"message_count":9');
    const stored = Object.entries(world.store.dump(SLOT).hashes['refusals'] ?? {});
    const refusals = stored.map(([identity]) => identity);
    const wrong = stored[0]?.[1] ?? '';
    await world.damage({
      set: [['d:run/a', ruined]],
      remove: ['t:run/a:0:1', 'r:run/a:0:0.0', 'd:run/b'],
      unrank: [['i:runs/all', 'a']],
      dropField: refusals.slice(0, 1).map((identity) => ['refusals', identity]),
      putField: [['refusals', 'A'.repeat(22), wrong]],
    });
    const select = { kind: 'all', to: 160 } as const;
    const result = await world.refolded(world.owner(), taskOf('replace', select));
    expect(result).toMatchObject({ outcome: 'done', replaced: 4 });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('tells readers of a stream that is not replaced yet, and of no other', async () => {
    const world = await openRefolds();
    fill(world);
    const reader = new ProjectionReader(world.store, world.projection);
    const seen: boolean[][] = [];
    const look = async (): Promise<void> => {
      const { entries } = await reader.list('run', 'runs/all', undefined, 10);
      const ids = entries.filter(({ rebuilding }) => rebuilding).map(({ streamId }) => streamId);
      expect(ids.every((id) => id !== 'a')).toBe(true);
      const { rebuilding } = await reader.document('run', 'b');
      expect((await reader.timeline('run', 'b', 0, 9)).rebuilding).toBe(rebuilding);
      expect(ids.includes('b')).toBe(rebuilding);
      seen.push([rebuilding]);
    };
    const store: ViewStore = {
      ...bound(world.store),
      commit: async (...args) => {
        const outcome = await world.store.commit(...args);
        await look();
        return outcome;
      },
    };
    const select = { kind: 'streams', subjects: ['run/b', 'run/c'], to: 160 } as const;
    await world.refolded(world.owner({ store }), taskOf('replace', select));
    await look();
    expect(new Set(seen.flat())).toEqual(new Set([true, false]));
    expect(seen.at(-1)).toEqual([false]);
  });

  it('is done once, however often it is asked for, and its result is told again', async () => {
    const world = await openRefolds();
    fill(world);
    const finished: string[] = [];
    const one = world.owner({ finished: ({ operation }) => finished.push(operation) });
    const task = taskOf('replace', { kind: 'all', to: 160 });
    const first = await world.refolded(one, task);
    const { checkpoint } = world.store.dump(SLOT);
    expect(await world.refolded(one, task)).toEqual(first);
    expect(await world.refolded(world.owner(), task)).toEqual(first);
    expect(world.store.dump(SLOT).checkpoint).toBe(checkpoint);
    expect(finished).toEqual([task.operation]);
  });

  it('refuses a second task meanwhile, and ends where it is canceled', async () => {
    const world = await openRefolds();
    fill(world);
    const one = world.owner();
    await world.foldAll(one);
    const task = taskOf('replace', { kind: 'all', to: 160 });
    expect(one.request(task)).toBe('taken');
    expect(one.request(task)).toBe('taken');
    expect(one.request(taskOf('replace', { kind: 'all', to: 1 }))).toBe('busy');
    expect(one.refolds.progress()).toMatchObject({ operation: task.operation });
    one.refolds.cancel(task.operation);
    expect(await world.refolded(one, task)).toMatchObject({ outcome: 'canceled', replaced: 0 });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('is begun anew by the next owner, which gives the shadows up that it finds', async () => {
    const world = await openRefolds();
    fill(world);
    const dead = world.owner();
    await world.foldAll(dead);
    let commits = 0;
    const store = bound(world.store);
    const dying: ViewStore = {
      ...store,
      commit: (...args) => {
        if (++commits > 3) return new Promise(() => undefined);
        return store.commit(...args);
      },
    };
    const task = taskOf('replace', { kind: 'all', to: 160 });
    const one = world.owner({ store: dying });
    await one.position();
    one.request(task);
    while (commits < 4) await new Promise((resolve) => setImmediate(resolve));
    const { text, hashes } = world.store.dump(SLOT);
    expect(text['s:run/a']).toBeDefined();
    expect(hashes['rebuilding']).toHaveProperty('run/a');
    one.revoke();
    world.append({ subject: 'run/a', type: 'run.delta' });
    const next = world.owner();
    await next.position();
    const result = await world.refolded(next, task);
    expect(result).toMatchObject({ outcome: 'done', streams: 4, replaced: 4 });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('leaves streams whose beginning the log no longer has as they are, and names them', async () => {
    const world = await openRefolds();
    fill(world);
    const one = world.owner();
    await world.foldAll(one);
    const before = world.held();
    world.log.deleteHead('t', 0, 2);
    const result = await world.refolded(one, taskOf('replace', { kind: 'all', to: 160 }));
    expect(result).toMatchObject({
      outcome: 'done',
      streams: 2,
      unrebuildable: 2,
      unrebuildableStreams: ['run/b', 'run/a'],
    });
    expect(world.held()).toEqual(before);
  });

  it('takes no beginning for granted that the log does not confirm', async () => {
    const world = await openRefolds();
    fill(world);
    await world.foldAll(world.owner());
    const moved = world.documentText('run/a').replace('"j":0', '"j":5');
    await world.damage({ set: [['d:run/a', moved]] });
    const select = { kind: 'streams', subjects: ['run/a'], to: 160 } as const;
    const result = await world.refolded(world.owner(), taskOf('replace', select));
    expect(result).toMatchObject({ outcome: 'done', replaced: 1, readFrom: 0 });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('takes a document back that was ahead of its checkpoint, with its places and counters', async () => {
    const world = await openRefolds();
    world.append();
    world.append({ type: 'run.finished', data: { status: 'succeeded' } });
    await world.foldAll(world.owner());
    world.loseCheckpoint();
    const one = world.owner();
    await one.position();
    await one.handle(await world.read(0, 1));
    one.request(taskOf('replace', { kind: 'all', to: 1 }));
    while (world.results.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const { ranked, hashes, text } = world.store.dump(SLOT);
    expect(ranked['i:runs/status/succeeded']).toBeUndefined();
    expect(ranked['i:runs/status/running']).toEqual([{ member: 'r', score: 1000 }]);
    const sums: Record<string, string> = { 'runs/running': '1', events: '1' };
    for (const { counter, amount } of verdictEntries(
      'run/r',
      decodeDocument(text['d:run/r'] ?? ''),
    ))
      sums[counter] = String(amount);
    expect(hashes['counters']).toEqual(sums);
    await world.foldAll(one);
    expect(world.held()).toEqual(await world.fresh());
  });
});
