import type { Claim } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { openWorld } from '../project/one-partition.fixture.js';
import type { RefoldSelection } from '../refold/refold-task.js';
import { StreamSelection } from '../refold/select-streams.js';
import { measurePartition } from './measure-partition.js';

/** Offsets 0–7: a, dead letter, b, a, c, refused claim of x, b, a. */
async function open() {
  const world = await openWorld();
  const claim = (id: string, type = 'run.delta') => world.append({ subject: `run/${id}`, type });
  claim('a', 'run.started');
  world.log.appendForeign('t', 0, { key: 'k', value: 'not ours' });
  claim('b', 'run.started');
  claim('a');
  claim('c', 'run.started');
  claim('x');
  claim('b');
  claim('a');
  await world.foldAll(world.projector());
  const select = async (selection: RefoldSelection, watch = {}) => {
    const task = { effect: 'replace' as const, select: selection };
    const { start } = await world.log.range('t', 0);
    return measurePartition(world, world.projection, 0, task, start, watch);
  };
  const claims = async (selection: RefoldSelection) => {
    const { streams } = await select(selection);
    return Object.fromEntries([...streams].map(([subject, stream]) => [subject, stream.claims]));
  };
  return { ...world, claim, select, claims };
}

describe('the streams that a selection means', () => {
  it('are all with a claim in the range, the end left out, and dead letters are nobody’s', async () => {
    const { claims } = await open();
    expect(await claims({ kind: 'range', from: 3, to: 6 })).toEqual({
      'run/a': 2,
      'run/c': 1,
      'run/x': 1,
    });
    expect(await claims({ kind: 'range', from: 1, to: 2 })).toEqual({});
    expect(await claims({ kind: 'all', to: 8 })).toEqual({
      'run/a': 3,
      'run/b': 2,
      'run/c': 1,
      'run/x': 1,
    });
  });

  it('are read from the first claim of the earliest of them', async () => {
    const { select } = await open();
    const middle = await select({ kind: 'range', from: 6, to: 7 });
    expect(middle).toMatchObject({ readFrom: 2, read: { records: 5 } });
    expect((await select({ kind: 'range', from: 4, to: 5 })).readFrom).toBe(4);
    expect((await select({ kind: 'range', from: 1, to: 2 })).readFrom).toBe(2);
  });

  it('are read from the start of the log when one of them has no document', async () => {
    const { select } = await open();
    expect((await select({ kind: 'range', from: 5, to: 6 })).readFrom).toBe(0);
  });

  it('are the named ones, and nothing is scanned for them', async () => {
    const { select } = await open();
    const selection: RefoldSelection = { kind: 'streams', subjects: ['run/b', 'run/b'], to: 8 };
    const { streams, ...rest } = await select(selection);
    expect([...streams.keys()]).toEqual(['run/b']);
    expect(rest).toMatchObject({ readFrom: 2, read: { records: 6, deadLetters: 0 } });
  });

  it('leave out those whose first claim the log no longer holds, by name', async () => {
    const { log, select } = await open();
    log.deleteHead('t', 0, 1);
    const selected = await select({ kind: 'all', to: 8 });
    expect(selected.unrebuildable).toEqual(['run/a']);
    expect([...selected.streams.keys()]).toEqual(['run/b', 'run/c', 'run/x']);
    expect(selected).toMatchObject({ readFrom: 1 });
  });

  it('begin with a claim that was refused before the document began', async () => {
    const { claim, foldAll, projector, select } = await open();
    claim('late');
    claim('late', 'run.started');
    await foldAll(projector());
    expect((await select({ kind: 'range', from: 8, to: 10 })).readFrom).toBe(8);
  });
});

describe('the scan', () => {
  it('counts what it read, key and value in bytes', async () => {
    const { log, select } = await open();
    const bytes = log
      .records('t', 0)
      .reduce((sum, { key, value }) => sum + Buffer.byteLength(`${key}${value}`), 0);
    const seen: number[] = [];
    const progress = ({ records }: { records: number }) => void seen.push(records);
    const { read } = await select({ kind: 'all', to: 8 }, { progress });
    expect(read).toEqual({ records: 8, bytes, deadLetters: 1 });
    expect(seen.reduce((sum, records) => sum + records, 0)).toBe(8);
  });

  it('ends with the reason of its signal', async () => {
    const { select } = await open();
    const signal = AbortSignal.abort(new Error('canceled'));
    await expect(select({ kind: 'all', to: 8 }, { signal })).rejects.toThrow('canceled');
  });

  it('selects no more streams than its bound', async () => {
    const { projection } = await open();
    const claimOf = (subject: string) => ({ subject, replyTo: null }) as Claim;
    const selection = new StreamSelection(projection, 0, { select: { kind: 'all', to: 8 } }, 0, 2);
    for (const id of ['a', 'b', 'a']) selection.claim(claimOf(`run/${id}`), 1);
    expect(() => selection.claim(claimOf('run/c'), 1)).toThrow(/more than 2 streams/);
    expect([...selection.streams.keys()]).toEqual(['run/a', 'run/b']);
  });

  it('never reads past what the log holds', async () => {
    const { select } = await open();
    await expect(select({ kind: 'all', to: 9 })).rejects.toMatchObject({
      name: 'OffsetOutOfRange',
    });
  });

  it('stops at a record that this build does not know', async () => {
    const { log, select } = await open();
    log.appendForeign('t', 0, { key: 'a', value: '{"refoldversion":99}' });
    await expect(select({ kind: 'all', to: 9 })).rejects.toMatchObject({ code: 'unknown_version' });
    expect((await select({ kind: 'all', to: 8 })).streams.size).toBe(4);
  });
});
