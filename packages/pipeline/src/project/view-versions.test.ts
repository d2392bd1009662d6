import { RULEBOOK } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { ProjectionReader } from '../read/projection-reader.js';
import { openRules } from './rulebook.fixture.js';

type World = Awaited<ReturnType<typeof openRules>>;

async function viewOf({ store, projection }: World) {
  const { document } = await new ProjectionReader(store, projection).document('run', 'r');
  return document?.views['run'];
}

const viewsIn = ({ dump }: World) => dump().checkpoint?.split('|')[3];

describe('a build with two versions of a view', () => {
  it('folds a slot on with the version that it was built with', async () => {
    const world = await openRules();
    world.claim('run.started');
    await world.foldAll(world.projector());
    world.claim('run.message');
    world.claim('run.delta');
    await world.foldAll(world.newer());
    expect(viewsIn(world)).toBe('run@1');
    expect(await viewOf(world)).toEqual({ last_event_type: 'run.delta' });
    await world.foldAll(world.projector());
    expect(world.next()).toBe(3);
  });

  it('builds a new slot with the newest, and reads it', async () => {
    const world = await openRules();
    world.claim('run.started');
    await world.foldAll(world.newer());
    expect(viewsIn(world)).toBe('run@2');
    expect(await viewOf(world)).toEqual({ last_event_type: 'run.started', told_by: 'version 2' });
  });
});

describe('a build without the version of a view', () => {
  it('stops at the slot, names what it lacks and changes nothing', async () => {
    const world = await openRules();
    world.claim('run.started');
    await world.foldAll(world.newer());
    const before = world.dump();
    await expect(world.projector({ rulebook: RULEBOOK }).position()).rejects.toMatchObject({
      code: 'view_version_mismatch',
      message: expect.stringMatching(
        /views run@2 .* this build, which has operation@1,run@1,worker@1: deploy .* roll the projection back/,
      ) as string,
    });
    expect(world.dump()).toEqual(before);
  });
});
