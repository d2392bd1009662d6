import { describe, expect, it } from 'vitest';
import { readProgress } from '../plan/refold-eta.js';
import { notBegun } from '../refold/refold-task.js';
import { openRefolds, taskOf } from '../refold/refold-world.fixture.js';

const TOLD = { ...notBegun('op'), phase: 'comparing', readRecords: 7 } as const;

describe('an operation without a task in the slot', () => {
  it('is told of in the slot, whose next commits stand', async () => {
    const { append, owner, foldAll, store, projection, next } = await openRefolds();
    append();
    const one = owner();
    await foldAll(one);
    await one.tell(TOLD);
    const said = await readProgress(store, projection, 'op', [0]);
    expect(said).toEqual(new Map([[0, TOLD]]));
    append();
    await foldAll(one);
    expect(next()).toBe(2);
  });

  it('is not told of while a task stands there, nor by whoever has lost the partition', async () => {
    const world = await openRefolds();
    const { append, owner, foldAll, store, projection } = world;
    append();
    let telling = async (): Promise<void> => undefined;
    const timing = {
      now: () => 0,
      sleep: () => telling(),
      after: () => () => undefined,
      tick: () => telling(),
    };
    const one = owner({ timing });
    const told: number[] = [];
    telling = async () => {
      await one.tell(TOLD);
      told.push((await readProgress(store, projection, 'op', [0])).size);
    };
    await world.refolded(one, taskOf('compare', { kind: 'all', to: 1 }));
    expect(told.length).toBeGreaterThan(0);
    expect(Math.max(...told)).toBe(0);
    await foldAll(one);
    one.revoke();
    await expect(one.tell(TOLD)).rejects.toThrow();
    expect((await readProgress(store, projection, 'op', [0])).size).toBe(0);
  });
});
