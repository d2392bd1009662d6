import type { Verdict, VerdictNotice } from '@refold/contracts';
import { RULEBOOK, rulesOf } from '@refold/domain';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProjectionReader } from '../read/projection-reader.js';
import { WINDOW_CLAIMS } from '../slot/park-window.js';
import { SLOT, openWorld } from './one-partition.fixture.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const POISON = 'my.poison';

/** The rules throw on one type of event, each time for another cause if `distinct`. */
function breakRules(distinct = false): void {
  const rules = rulesOf(RULEBOOK, 1).run;
  const transition = rules.transition.bind(rules);
  vi.spyOn(rules, 'transition').mockImplementation((status, claim, owner) => {
    if (claim.type !== POISON) return transition(status, claim, owner);
    throw new TypeError(distinct ? `poison ${claim.offset}` : 'poison');
  });
}

function breakView(member: 'evolve' | 'entries'): void {
  const view = RULEBOOK.views.find(({ kind }) => kind === 'run');
  if (view === undefined) throw new Error('runs have no view');
  vi.spyOn(view, member).mockImplementation(() => {
    throw new RangeError('the view is broken');
  });
}

async function open() {
  const world = await openWorld();
  const told = new Map<number, Verdict>();
  await world.store.listen('refold:reply:door', {
    message: (text) => {
      for (const { offset, verdict } of JSON.parse(text) as VerdictNotice[]) {
        told.set(offset, verdict);
      }
    },
    resumed: () => undefined,
  });
  const append = (streamId: string, type = 'run.started') =>
    world.append({ subject: `run/${streamId}`, type, replyto: 'door' });
  const document = async (streamId: string) => {
    const reader = new ProjectionReader(world.store, world.projection);
    return (await reader.document('run', streamId)).document;
  };
  const kinds = () => [...told.values()].map(({ kind }) => kind);
  return { ...world, append, document, kinds };
}

describe('a stream on which the rules throw', () => {
  it('is parked where it threw, its later claims wait, and the others go on', async () => {
    breakRules();
    const { append, document, kinds, foldAll, projector, store } = await open();
    append('a');
    append('b');
    append('a', POISON);
    append('a', 'run.delta');
    append('b', 'run.delta');
    append('a', 'run.delta');
    await foldAll(projector());
    expect(kinds()).toEqual(['accepted', 'accepted', 'parked', 'parked', 'accepted', 'parked']);
    expect(await document('a')).toMatchObject({
      state: { seq: 1 },
      next: 1,
      parked: { offset: 2, error: 'TypeError: poison', count: 2, last: 5 },
    });
    expect(await document('b')).toMatchObject({ state: { seq: 2 }, parked: null });
    expect(store.dump(SLOT).ranked['i:parked']).toEqual([{ member: 'a', score: 2 }]);
  });

  it('counts its claims once, and forgets nothing, when they are folded again', async () => {
    breakRules();
    const world = await open();
    world.append('a', 'run.started');
    world.append('a', POISON);
    world.append('a', 'run.delta');
    await world.foldAll(world.projector());
    world.loseCheckpoint();
    world.append('a', 'run.delta');
    await world.foldAll(world.projector(), 1);
    expect(await world.document('a')).toMatchObject({
      state: { seq: 1 },
      parked: { offset: 1, count: 2, last: 3 },
    });
  });

  it('may be parked at the claim that would have begun it', async () => {
    vi.spyOn(rulesOf(RULEBOOK, 1).run, 'ownerOf').mockImplementation(() => {
      throw new Error('poison');
    });
    const { append, document, kinds, foldAll, projector } = await open();
    append('a');
    append('a', 'run.delta');
    await foldAll(projector());
    expect(kinds()).toEqual(['parked', 'parked']);
    expect(await document('a')).toMatchObject({ state: null, parked: { offset: 0, count: 1 } });
  });

  it('stops the partition before a commit that would park many for distinct causes', async () => {
    breakRules(true);
    const { append, foldAll, projector, next, kinds } = await open();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) append(id);
    await foldAll(projector());
    for (const id of ids) append(id, POISON);
    const one = projector();
    await expect(foldAll(one)).rejects.toMatchObject({ code: 'too_many_causes' });
    expect(next()).toBe(5);
    expect(kinds()).toHaveLength(5);
  });

  it('stops it at the same event where each was a commit of its own', async () => {
    breakRules(true);
    const { append, foldAll, projector, next } = await open();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) append(id);
    for (const id of ids) append(id, POISON);
    await expect(foldAll(projector(), 1)).rejects.toMatchObject({ code: 'too_many_causes' });
    expect(next()).toBe(9);
  });

  it('parks those that lie far apart, though one commit is about all of them', async () => {
    breakRules(true);
    const { append, foldAll, projector, next, reports } = await open();
    append('other');
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      append(id);
      append(id, POISON);
      for (let n = 0; n < WINDOW_CLAIMS; n++) append('other', 'run.delta');
    }
    await foldAll(projector());
    expect(next()).toBe(5 * (WINDOW_CLAIMS + 2) + 1);
    expect(reports[0]?.counts).toMatchObject({ parked: 5 });
  });

  it('parks as many as there are for one cause', async () => {
    breakRules();
    const { append, foldAll, projector, next } = await open();
    const ids = Array.from({ length: 12 }, (_, n) => `s${n}`);
    for (const id of ids) append(id);
    for (const id of ids) append(id, POISON);
    await foldAll(projector());
    expect(next()).toBe(24);
  });
});

describe('a view that throws', () => {
  it.each(['evolve', 'entries'] as const)(
    'in %s stands still and withholds no verdict',
    async (member) => {
      breakView(member);
      const { append, document, kinds, foldAll, projector, events } = await open();
      append('r');
      append('r', 'run.delta');
      await foldAll(projector());
      append('r', 'run.delta');
      await foldAll(projector());
      expect(kinds()).toEqual(['accepted', 'accepted', 'accepted']);
      expect(await document('r')).toMatchObject({
        state: { seq: 3, status: 'running' },
        parked: null,
        viewFaults: [{ view: 'run', error: 'RangeError: the view is broken' }],
      });
      expect(await events()).toEqual([0, 1, 2]);
    },
  );
});
