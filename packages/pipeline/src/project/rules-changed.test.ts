import { describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import { ADDED, REFUSED, openRules } from './rulebook.fixture.js';

type World = Awaited<ReturnType<typeof openRules>>;

/** Seven records: the second rules hold from offset 3 on. */
function writeLog({ claim, change }: World): void {
  claim('run.started');
  claim(REFUSED, { id: 'before' });
  claim('run.delta');
  change(2, []);
  claim(REFUSED);
  claim('run.delta');
  claim(REFUSED, { id: 'before' });
}

const VERDICTS = [
  'accepted',
  'accepted',
  'accepted',
  'invalid_transition',
  'accepted',
  'duplicate',
];

const deciderOf = (world: World): number => decodeCheckpoint(world.dump().checkpoint ?? '').decider;

describe('rules.changed', () => {
  it('has claims judged by the old rules before it and by the new ones from it on', async () => {
    const world = await openRules();
    writeLog(world);
    await world.foldAll(world.newer());
    expect(world.verdicts()).toEqual(VERDICTS);
    expect(world.dump().text['rules']).toBe('[[3,2]]');
    expect(deciderOf(world)).toBe(2);
    expect(world.next()).toBe(7);
  });

  it.each([1, 600, 900])(
    'means the same however the log is cut: %i bytes a batch',
    async (bytes) => {
      const [whole, cut] = [await openRules(), await openRules()];
      for (const world of [whole, cut]) writeLog(world);
      await whole.foldAll(whole.newer());
      await cut.foldAll(cut.newer(), bytes);
      expect(cut.reports.length).toBeGreaterThan(whole.reports.length);
      expect(cut.contents()).toEqual(whole.contents());
      expect(await cut.events()).toEqual(await whole.events());
      expect(cut.verdicts()).toEqual(VERDICTS);
    },
  );

  it('is found again after the store, or only the checkpoint, was lost', async () => {
    const world = await openRules();
    writeLog(world);
    await world.foldAll(world.newer());
    const before = world.contents();
    world.store.wipe();
    await world.foldAll(world.newer());
    expect(world.contents()).toEqual(before);
    world.loseCheckpoint();
    await world.foldAll(world.newer(), 1);
    expect(world.contents()).toEqual(before);
    expect(world.letters()).toEqual([]);
  });

  it('stops a build that lacks the version and says which one to deploy', async () => {
    const world = await openRules();
    writeLog(world);
    const old = world.projector();
    await expect(world.foldAll(old)).rejects.toMatchObject({
      code: 'unknown_version',
      message: expect.stringMatching(
        /record at 3 has decider version 2, .* Deploy a build/,
      ) as string,
    });
    expect(world.next()).toBe(3);
    await world.foldAll(world.newer());
    expect(world.verdicts()).toEqual(VERDICTS);
    await expect(world.projector().position()).rejects.toMatchObject({
      code: 'unknown_version',
      message: expect.stringMatching(
        /decider version 2 .* deploy a build that has version 2/,
      ) as string,
    });
  });

  it('of which two were written at once counts once', async () => {
    const world = await openRules();
    world.change(2, []);
    world.change(2, []);
    await world.foldAll(world.newer());
    expect(world.dump().text['rules']).toBe('[[0,2]]');
    expect(world.letters()).toEqual([
      'rules.changed: data.history is []: expected the changes before it, [[0,2]]',
    ]);
  });

  it('may restate the version in force, which adds nothing, and never goes back', async () => {
    const world = await openRules();
    world.change(1, []);
    world.change(2, []);
    world.change(2, [[1, 2]]);
    world.change(1, [[1, 2]]);
    await world.foldAll(world.newer());
    expect(world.dump().text['rules']).toBe('[[1,2]]');
    expect(deciderOf(world)).toBe(2);
    expect(world.letters()).toEqual([expect.stringContaining('is below 2, the version in force')]);
  });

  it('that contradicts the history is a dead letter whatever version it names', async () => {
    const world = await openRules();
    world.change(7, [[0, 2]]);
    world.change(7, []);
    const old = world.projector();
    await expect(world.foldAll(old)).rejects.toMatchObject({ code: 'unknown_version' });
    expect(world.next()).toBe(1);
  });
});

describe('a type that only later rules know', () => {
  it('is kept in any version before they hold, and stops the partition after', async () => {
    const world = await openRules();
    world.claim('run.started');
    world.claim(ADDED, { schemaversion: 5 });
    world.change(2, []);
    world.claim(ADDED);
    world.claim(ADDED, { schemaversion: 5 });
    await expect(world.foldAll(world.newer())).rejects.toMatchObject({
      code: 'unknown_version',
      message: expect.stringContaining('record at 4 has my.added version 5') as string,
    });
    expect(world.verdicts()).toEqual(['accepted', 'accepted', 'accepted']);
  });
});

describe('a slot that is new where the log was cut', () => {
  it('begins at rules.changed with the history that it restates', async () => {
    const world = await openRules();
    writeLog(world);
    world.change(2, [[3, 2]]);
    world.claim('run.started', { id: 'again' });
    world.claim(REFUSED);
    await world.foldAll(world.newer());
    const { rules } = world.dump().text;
    world.log.deleteHead('t', 0, 7);
    world.store.wipe();
    world.told.clear();
    await world.foldAll(world.newer(), 1);
    expect(world.verdicts()).toEqual(['accepted', 'invalid_transition']);
    expect(world.dump().text['rules']).toBe(rules);
    expect([world.next(), deciderOf(world)]).toEqual([10, 2]);
  });

  it.each([5, 10])('stops where it was cut elsewhere: at %i', async (start) => {
    const world = await openRules();
    writeLog(world);
    world.change(2, [[3, 2]]);
    world.claim('run.delta');
    world.claim('run.delta');
    world.log.deleteHead('t', 0, start);
    await expect(world.newer().position()).rejects.toMatchObject({ code: 'log_head_missing' });
    expect(world.dump().checkpoint).toBeNull();
  });

  it('stops a build that lacks the version in force there', async () => {
    const world = await openRules();
    writeLog(world);
    world.change(2, [[3, 2]]);
    world.log.deleteHead('t', 0, 7);
    await expect(world.projector().position()).rejects.toMatchObject({ code: 'unknown_version' });
  });
});
