import { describe, expect, it } from 'vitest';
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
    await world.damage({
      set: [['d:run/a', ruined]],
      remove: ['t:run/a:0:1', 'r:run/a:0:0.0', 'd:run/b'],
      unrank: [['i:runs/all', 'a']],
    });
    const select = { kind: 'all', to: 160 } as const;
    const result = await world.refolded(world.owner(), taskOf('replace', select));
    expect(result).toMatchObject({ outcome: 'done', replaced: 4 });
    expect(world.held()).toEqual(await world.fresh());
  });
});
