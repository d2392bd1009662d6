import { RULEBOOK } from '@refold/domain';
import type { Rulebook } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { digestOf } from './generation-digest.js';
import { PARKED_MAX } from './parked-streams.js';
import { swapGate } from './swap-gate.js';
import { judging, onType, openTwo, saying, viewing } from './two-generations.fixture.js';

const TYPE = 'my.event';
const refuses: Rulebook = onType(TYPE, () => ({ allowed: false, detail: { from: 'x' } }));
const throws: Rulebook = onType(TYPE, () => {
  throw new TypeError('poison');
});

async function openRuns() {
  const world = await openTwo();
  world.run('a');
  world.run('b');
  world.run('a', TYPE);
  world.run('a', 'run.delta', { text: 'x' });
  const gate = async (rulebook?: Rulebook, accepted: string | null = null) =>
    swapGate([await world.diff(rulebook)], accepted);
  /** The gate with everything accepted that can be. */
  const accepting = async (rulebook?: Rulebook) => {
    const diff = await world.diff(rulebook);
    return swapGate([diff], digestOf([diff]));
  };
  return { ...world, gate, accepting };
}

describe('the gate of a swap', () => {
  it('opens for a generation that is the same', async () => {
    const { both, gate } = await openRuns();
    await both();
    expect(await gate()).toEqual([]);
  });

  it('opens for differences that were accepted, and for no others', async () => {
    const { both, gate, diff, run, fold } = await openRuns();
    const newer = viewing({ evolve: saying('more', () => true) });
    await both(RULEBOOK, newer);
    const digest = digestOf([await diff(newer)]);
    expect(await gate(newer)).toEqual([
      { reason: 'differences_not_accepted', partition: null, digest },
    ]);
    expect(await gate(newer, '0000000000000000')).toHaveLength(1);
    expect(await gate(newer, digest)).toEqual([]);
    // More of the same kind: what was accepted still is.
    run('c');
    await fold(1);
    await fold(2, newer);
    expect(await gate(newer, digest)).toEqual([]);
  });

  it('stays shut where more streams stand parked than can be compared while a partition is sealed', async () => {
    const { both, gate, damage } = await openRuns();
    await both();
    const parked = (count: number): [string, string, number][] =>
      Array.from({ length: count }, (_, n) => ['i:parked', `none${n}`, n]);
    await damage(1, { rank: parked(PARKED_MAX) });
    expect(await gate()).toEqual([]);
    await damage(2, { rank: [['i:parked', 'other', 1]] });
    expect(await gate()).toEqual([{ reason: 'too_many_parked', partition: 0, most: PARKED_MAX }]);
  });

  it('stays shut as long as streams are carried over', async () => {
    const { both, gate, damage } = await openRuns();
    await both();
    const carried = { start: 1, streams: 0, views: [], copying: null };
    await damage(2, { set: [['carried', JSON.stringify({ ...carried, isOver: false })]] });
    expect(await gate()).toEqual([{ reason: 'carrying_over', partition: 0, generation: 2 }]);
    await damage(2, { set: [['carried', JSON.stringify({ ...carried, isOver: true })]] });
    expect(await gate()).toEqual([]);
  });

  it('asks again when another kind of field differs', async () => {
    const { both, gate, diff, damage, dump } = await openRuns();
    const newer = viewing({ evolve: saying('more', () => true) });
    await both(RULEBOOK, newer);
    const digest = digestOf([await diff(newer)]);
    const text = dump(2).text['d:run/b'] ?? '';
    await damage(2, { set: [['d:run/b', text.replace('last_event_type', 'other_type')]] });
    expect(await gate(newer, digest)).toMatchObject([{ reason: 'differences_not_accepted' }]);
  });

  it('stays shut for rules that refuse what was accepted, whatever is accepted', async () => {
    const { both, accepting } = await openRuns();
    await both(RULEBOOK, refuses);
    const [refusal, ...others] = await accepting();
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({ reason: 'verdicts_differ', partition: 0 });
    const verdicts = refusal?.reason === 'verdicts_differ' ? refusal.verdicts : [];
    expect(verdicts).toContainEqual({
      ...{ partition: 0, stream: 'run/a', field: '/state/seq', old: '3', new: '2' },
    });
    expect(verdicts.map(({ field }) => field)).toContain('/state/chain');
    expect(verdicts.map(({ field }) => field)).toContain('/refusals/2');
    expect(verdicts.every(({ stream }) => stream === 'run/a')).toBe(true);
  });

  it('stays shut for rules that accept what was refused', async () => {
    const { both, accepting } = await openRuns();
    await both(refuses, RULEBOOK);
    expect(await accepting()).toMatchObject([{ reason: 'verdicts_differ' }]);
  });

  it('stays shut for rules that refuse the same claim for another reason', async () => {
    const { both, accepting } = await openRuns();
    const otherwise = onType(TYPE, () => ({ allowed: false, detail: { from: 'y' } }));
    await both(refuses, otherwise);
    expect(await accepting()).toMatchObject([
      {
        ...{ reason: 'verdicts_differ', differing: 1 },
        verdicts: [{ stream: 'run/a', field: '/refusals/2', old: 'invalid_transition' }],
      },
    ]);
  });

  it('stays shut for rules under which a stream belongs to somebody else', async () => {
    const { both, accepting } = await openRuns();
    const theirs = judging({ ownerOf: () => ({ tenant: null, principal: 'user:7' }) });
    await both(RULEBOOK, theirs);
    const [refusal] = await accepting();
    expect(refusal).toMatchObject({ reason: 'verdicts_differ' });
  });

  it('opens for claims that were undecided and are decided now', async () => {
    const { both, accepting, diff } = await openRuns();
    await both(throws, refuses);
    expect(await accepting()).toEqual([]);
    const { samples } = await diff();
    expect(samples.map(({ stream }) => stream)).toEqual(['run/a']);
    expect(samples[0]?.fields.map(({ field }) => field)).toContain('/parked');
  });

  it('stays shut when something before the undecided claim is decided otherwise', async () => {
    const { both, accepting, damage, dump } = await openRuns();
    await both(throws, RULEBOOK);
    const name = 't:run/a:0:0';
    const [first = ''] = dump(2).lists[name] ?? [];
    await damage(2, { remove: [name] });
    await damage(2, { push: [[name, first.replace('run.started', 'run.created')]] });
    expect(await accepting()).toMatchObject([
      { verdicts: [{ stream: 'run/a', field: '/state/chain' }] },
    ]);
  });

  it('stays shut for claims that were decided and are undecided now', async () => {
    const { both, accepting } = await openRuns();
    await both(RULEBOOK, throws);
    const [refusal] = await accepting();
    expect(refusal).toMatchObject({
      reason: 'verdicts_differ',
      verdicts: [{ stream: 'run/a', field: '/parked', old: null, new: '2' }],
    });
  });

  it('stays shut for a generation that is behind, and for what could not be compared', async () => {
    const { run, fold, gate } = await openRuns();
    await fold(2);
    run('b', 'run.delta', { text: 'x' });
    await fold(1);
    expect(await gate()).toEqual([{ reason: 'not_compared', partition: 0, streams: 1 }]);
    for (let n = 0; n < 1_000; n++) run('c', 'run.delta', { text: `${n}` });
    await fold(1);
    expect((await gate()).map(({ reason }) => reason)).toEqual(['behind', 'not_compared']);
  });

  it('stays shut for a generation of which nothing is folded', async () => {
    const { fold, gate } = await openRuns();
    await fold(1);
    expect((await gate()).map(({ reason }) => reason)).toContain('behind');
  });
});
