import { RULEBOOK, rulesOf } from '@refold/domain';
import type { Rulebook, Rules } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import { POISON } from '../refold/skip-world.fixture.js';
import { DAY_MS, openCuts } from './log-cut.fixture.js';

const GARBAGE = 'my.garbage';

const first = rulesOf(RULEBOOK, 1);

/** Rules by which some types begin a run, and that throw on one of them. */
const rules = (begin: readonly string[], poison: string): Rules => ({
  ...first.run,
  initialStatus: new Map([
    ...first.run.initialStatus,
    ...begin.map((type) => [type, 'created'] as const),
  ]),
  transition(status, claim, owner) {
    if (claim.type === poison) throw new TypeError('poison');
    return first.run.transition(status, claim, owner);
  },
});

const RULES: Rulebook = {
  ...RULEBOOK,
  deciders: [
    { ...first, run: rules([POISON], POISON) },
    { ...first, run: rules([POISON, GARBAGE, 'my.begin'], GARBAGE) },
  ],
};

describe('a stream that never began', () => {
  it('holds nothing where its claims were refused by the rules of their offset, whatever others say', async () => {
    const { claim, over, place, cut, settle } = await openCuts(RULES);
    claim('never', 'my.begin');
    claim('garbage', GARBAGE);
    over('a');
    const at = place();
    await settle();
    expect(await cut()).toMatchObject({ to: at, streams: 1, heldBy: { reason: 'recent' } });
  });

  it('holds nothing where the claim that would have begun it was skipped', async () => {
    const { append, over, place, cut, settle, skip, dump } = await openCuts(RULES);
    const poison = append({ subject: 'run/p', id: 'p', type: POISON });
    over('a');
    place();
    await settle();
    expect((await cut()).heldBy).toMatchObject({ reason: 'stream', offset: poison });
    skip('p', poison, 'p');
    const copied = append({ subject: 'run/p', id: 'p', type: POISON });
    await settle();
    expect(dump().text['d:run/p']).toBeUndefined();
    // A copy of it was refused because it was: parted from that, it would park the run.
    expect(await cut()).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'parted', stream: 'run/p', offset: poison } },
    });
    const behind = place();
    await settle();
    expect(await cut()).toMatchObject({ to: behind, streams: 1 });
    expect(behind).toBe(copied + 1);
  });

  it('is not parted from a refusal that its beginning met', async () => {
    const { append, over, place, cut, settle } = await openCuts(RULES);
    const refused = append({ subject: 'run/n', id: 'same', type: 'run.delta' });
    over('a');
    const early = place();
    append({ subject: 'run/n', id: 'same', type: 'run.started' });
    await settle();
    expect(await cut()).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'parted', stream: 'run/n', offset: refused } },
    });
    const late = place();
    await settle();
    expect(await cut()).toMatchObject({ to: late });
    expect(early).toBeLessThan(late);
  });

  it('was one that began where nothing refused it: its document is gone', async () => {
    const { append, place, cut, settle, over, dump, store } = await openCuts(RULES);
    append({ subject: 'run/n', id: 'same', type: 'run.delta' });
    over('a');
    place();
    const begins = append({ subject: 'run/n', id: 'other', type: 'run.started' });
    place();
    await settle();
    const { checkpoint } = dump();
    const gone = { ...noWrites(), remove: ['d:run/n'] };
    await store.commit(SLOT, checkpoint, checkpoint ?? '', gone, []);
    expect((await cut(3 * DAY_MS)).heldBy).toEqual({
      ...{ reason: 'stream', stream: 'run/n', offset: begins },
    });
  });
});
