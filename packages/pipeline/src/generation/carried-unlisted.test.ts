import { expect, it } from 'vitest';
import { NEWER } from '../project/rulebook.fixture.js';
import { carriedOf, decided, documentIn, isLevel, otherwise } from './carried-over.fixture.js';
import { openGenerations } from './two-generations.fixture.js';
import { unlisting } from '../project/unlisted.fixture.js';

const FAULTY = unlisting(NEWER);

it('a stream that no view lists is carried over like the others, and dropped like them', async () => {
  const world = await openGenerations();
  const run = (id: string, type: string) => world.append({ subject: `run/${id}`, type });
  run('hidden', 'run.started');
  run('shown', 'run.started');
  run('hidden', 'my.unlisted');
  run('fresh', 'run.started');
  await world.foldAll(world.projector({ rulebook: FAULTY }));
  expect(world.checkpointOf(1)?.format).toBe(4);
  expect(Object.keys(world.dumpOf(1).ranked)).toContain('i:runs/unlisted');
  expect(world.dumpOf(1).ranked['i:runs/all']?.map(({ member }) => member)).not.toContain('hidden');
  world.log.deleteHead('t', 0, 3);
  await world.create();
  const owner = world.owner({ rulebook: FAULTY });
  await world.foldAll(owner);
  await world.until(() => isLevel(world));
  expect(carriedOf(world)?.views).toEqual({ 'run@2': 2 });
  expect(documentIn(world, 2, 'hidden')).toMatchObject({ carried: 'run@2', first: 0 });
  expect(decided(world, 2)).toEqual(decided(world, 1));
  expect(await otherwise(world)).toBeNull();
  await world.drop('drop', 2);
  await world.until(async () => !(await world.pointer()).generations.has(2));
  const { text, lists, hashes, ranked } = world.dumpOf(2);
  expect(Object.keys({ ...text, ...lists, ...hashes, ...ranked })).toEqual([]);
  owner.revoke();
});
