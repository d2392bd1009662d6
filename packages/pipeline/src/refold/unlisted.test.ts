import { RULEBOOK } from '@refold/domain';
import { expect, it } from 'vitest';
import { taskOf } from './refold-world.fixture.js';
import { openSkips } from './skip-world.fixture.js';
import { unlisting } from '../project/unlisted.fixture.js';

const FAULTY = unlisting(RULEBOOK);

it('a stream that no view listed stands in its lists alone once it is folded again by views that were mended', async () => {
  const world = await openSkips();
  world.claim('r', 'run.started');
  world.claim('r', 'my.unlisted');
  const faulty = world.owner({ rulebook: FAULTY });
  await world.settle(faulty);
  const unlisted = () => world.dump().ranked['i:runs/unlisted'] ?? [];
  expect(unlisted().map(({ member }) => member)).toEqual(['r']);
  faulty.revoke();
  const mended = world.owner({ rulebook: RULEBOOK });
  const select = { kind: 'streams', subjects: ['run/r'], to: 2 } as const;
  const result = await world.carriedOut(mended, taskOf('replace', select));
  expect(result).toMatchObject({ outcome: 'done', replaced: 1 });
  expect(unlisted()).toEqual([]);
  expect(world.dump().ranked['i:runs/all']?.map(({ member }) => member)).toEqual(['r']);
});

it('a stream that is listed now and still stands among those that no view lists is found, and mended', async () => {
  const world = await openSkips();
  world.claim('r', 'run.started');
  world.claim('r', 'my.unlisted');
  const faulty = world.owner({ rulebook: FAULTY });
  await world.settle(faulty);
  faulty.revoke();
  const mended = world.owner({ rulebook: RULEBOOK });
  const select = { kind: 'all', to: 2 } as const;
  const task = (effect: 'compare' | 'repair') => ({ ...taskOf(effect, select), operation: effect });
  const found = await world.carriedOut(mended, task('compare'));
  expect(found.differences.map(({ field }) => field)).toContain('/indexes/runs/unlisted');
  await world.carriedOut(mended, task('repair'));
  expect(world.dump().ranked['i:runs/unlisted'] ?? []).toEqual([]);
  const after = await world.carriedOut(mended, { ...task('compare'), operation: 'again' });
  expect(after.differences).toEqual([]);
});
