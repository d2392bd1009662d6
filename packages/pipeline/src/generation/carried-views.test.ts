import { describe, expect, it } from 'vitest';
import type { ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { NEWER } from '../project/rulebook.fixture.js';
import type { RefoldResult, RefoldTask } from '../refold/refold-task.js';
import { taskOf } from '../refold/refold-world.fixture.js';
import {
  carriedOf,
  decided,
  documentIn,
  isLevel,
  withJoined,
  withoutHead,
} from './carried-over.fixture.js';

type World = Awaited<ReturnType<typeof withoutHead>>;

/** What has the second version of the view of runs alone. */
const SECOND_ONLY = {
  ...NEWER,
  views: NEWER.views.filter(({ kind, version }) => kind !== 'run' || version === 2),
};

/** A second generation that has carried over, and whoever folds it. */
async function carried(world: World, ports: Partial<ProjectorPorts> = {}) {
  const results: RefoldResult[] = [];
  const owner = world.owner({ refolded: (result) => results.push(result), ...ports });
  if ((await world.pointer()).generations.get(2) === undefined) await world.create();
  await world.foldAll(owner);
  await world.until(() => isLevel(world));
  const swapIn = async () => {
    await world.swap('swap', 2);
    await world.until(() => world.roles().join() === 'aside,live');
  };
  const refolded = async (task: RefoldTask): Promise<RefoldResult> => {
    await world.foldAll(owner);
    owner.request(task);
    await world.until(() => results.some(({ operation }) => operation === task.operation));
    return results.at(-1) as RefoldResult;
  };
  return { owner, swapIn, refolded };
}

describe('a slot with streams that were carried over', () => {
  it('is of format 4 from its first commit on, so that no older build folds it on; others are not', async () => {
    const world = await withoutHead();
    const texts: string[] = [];
    const commit: ViewStore['commit'] = (slot, expected, next, ...rest) => {
      texts.push(`${slot.generation}: ${next.slice(0, 2)}`);
      return world.store.commit(slot, expected, next, ...rest);
    };
    const { owner } = await carried(world, { store: { ...bound(world.store), commit } });
    world.run('half');
    await world.foldAll(owner);
    await world.until(() => isLevel(world));
    expect(new Set(texts.filter((text) => !text.startsWith('0')))).toEqual(
      new Set(['1: 3|', '2: 4|']),
    );
    owner.revoke();
  });

  it('needs their views, and says what is to be done', async () => {
    const world = await withoutHead();
    const { owner, swapIn } = await carried(world);
    await swapIn();
    owner.revoke();
    await expect(world.owner({ rulebook: SECOND_ONLY }).position()).rejects.toMatchObject({
      code: 'view_version_mismatch',
      message: expect.stringMatching(/carried over.*views run@1.*archive and evict/) as string,
    });
  });

  it('needs their views no longer when the last of them was evicted', async () => {
    const world = await withoutHead();
    const { owner, swapIn, refolded } = await carried(world);
    await swapIn();
    await world.drop('drop', 1);
    for (const id of ['old', 'half']) {
      world.run(id, 'run.finished', { data: { status: 'failed' } });
      world.run(id, 'run.archived');
    }
    await world.foldAll(owner);
    const { end } = await world.log.range('t', 0);
    world.log.deleteHead('t', 0, end - 3);
    const one = await refolded(taskOf('evict', { kind: 'all', to: end }));
    expect(one).toMatchObject({ replaced: 0 });
    world.log.deleteHead('t', 0, end - 2);
    const some = await refolded(taskOf('evict', { kind: 'all', to: end }));
    expect(some).toMatchObject({ replaced: 1 });
    expect(carriedOf(world)?.views).toEqual({ 'run@1': 1 });
    world.log.deleteHead('t', 0, end);
    const rest = await refolded(taskOf('evict', { kind: 'all', to: end }));
    expect(rest).toMatchObject({ replaced: 1 });
    expect(carriedOf(world)).toBeNull();
    await world.until(async () => !(await world.pointer()).generations.has(1));
    owner.revoke();
    expect(await world.owner({ rulebook: SECOND_ONLY }).position()).toBe(end);
  });
});

describe('a stream that was carried over though the log has its claims', () => {
  it('is compared as what it is, and found damaged only where it is', async () => {
    const world = await withJoined();
    const { owner, swapIn, refolded } = await carried(world);
    expect(documentIn(world, 2, 'late')).toMatchObject({ carried: 'run@1', first: 6 });
    expect(decided(world, 2)).toEqual(decided(world, 1));
    await swapIn();
    const { next = 0 } = world.checkpointOf(2) ?? {};
    const all = { kind: 'all', to: next } as const;
    const result = await refolded(taskOf('compare', all));
    expect(result).toMatchObject({ unrebuildable: 2, differing: 0, differences: [] });
    expect(result).toMatchObject({ aggregates: 'compared' });
    const before = documentIn(world, 2, 'late');
    const one = { kind: 'streams', subjects: ['run/late'], to: next } as const;
    expect(await refolded(taskOf('replace', one))).toMatchObject({ replaced: 1 });
    expect({ ...documentIn(world, 2, 'late'), incarnation: 0 }).toEqual(before);
    expect(carriedOf(world)?.views).toEqual({ 'run@1': 3 });
    owner.revoke();
  });
});
