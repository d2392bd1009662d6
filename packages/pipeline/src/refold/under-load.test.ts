import { describe, expect, it } from 'vitest';
import type { Timing } from '../timing.js';
import { REFUSALS_MAX } from '../slot/refusals.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';
import type { RefoldTask } from './refold-task.js';

const ALL = { kind: 'all', to: 200 } as const;

/** More pauses than any of these tasks has. */
const PAUSES_MAX = 500;

/** Four runs that are at work. */
async function busy() {
  const world = await openRefolds();
  for (const id of 'abcd') world.append({ subject: `run/${id}` });
  const more = (count: number): void => {
    for (let n = 0; n < count; n++) {
      world.append({ subject: `run/${'abcd'[n % 4] ?? ''}`, type: 'run.delta' });
    }
  };
  more(196);
  await world.foldAll(world.owner());
  return { ...world, more };
}

describe('a task on a busy partition', () => {
  it.each(['replace', 'compare', 'repair'] as const)(
    'catches up with claims that never cease (%s)',
    async (effect) => {
      const world = await busy();
      let pauses = 0;
      const meanwhile = async (): Promise<void> => {
        pauses += 1;
        if (pauses > PAUSES_MAX) return;
        world.more(40);
        await world.foldAll(one);
      };
      const timing: Timing = {
        now: () => 0,
        sleep: meanwhile,
        after: () => () => undefined,
        tick: meanwhile,
      };
      const one = world.owner({ timing });
      const result = await world.refolded(one, taskOf(effect, ALL));
      expect(result).toMatchObject({ outcome: 'done', streams: 4, records: 200, differing: 0 });
      expect(result.tailRecords).toBeGreaterThan(0);
      expect(pauses).toBeLessThan(PAUSES_MAX);
      expect(world.held()).toEqual(await world.fresh());
    },
  );

  it('waits as long as something else comes first', async () => {
    const world = await busy();
    let isHeldBack = false;
    let slept = 0;
    const timing: Timing = {
      now: () => 0,
      sleep: async () => {
        if (++slept === 20) isHeldBack = false;
      },
      after: () => () => undefined,
      tick: async () => {
        if (slept === 0) isHeldBack = true;
      },
    };
    const one = world.owner({ timing, isHeldBack: () => isHeldBack });
    expect(await world.refolded(one, taskOf('compare', ALL))).toMatchObject({ outcome: 'done' });
    expect(slept).toBe(20);
  });

  it('takes no more than its share of the time', async () => {
    const slept = async (task: Partial<RefoldTask>, refoldShare?: number): Promise<number> => {
      const world = await busy();
      let now = 0;
      let sum = 0;
      const timing: Timing = {
        now: () => (now += 1),
        sleep: async (ms) => void (sum += ms),
        after: () => () => undefined,
        tick: () => Promise.resolve(),
      };
      const ports = refoldShare === undefined ? {} : { refoldShare: () => refoldShare };
      await world.refolded(world.owner({ timing, ...ports }), {
        ...taskOf('compare', ALL),
        ...task,
      });
      return sum;
    };
    const half = await slept({});
    expect(half).toBeGreaterThan(0);
    expect(await slept({ share: 0.5 })).toBeCloseTo(half);
    expect(await slept({ share: 0.1 })).toBeCloseTo(9 * half);
    expect(await slept({}, 0.2)).toBeCloseTo(4 * half);
    expect(await slept({ share: 0.1 }, 0.2)).toBeCloseTo(9 * half);
    expect(await slept({ share: 1 })).toBe(0);
  });
});

it('a refold ends a long pause where it is given more of the time meanwhile', async () => {
  const world = await busy();
  let now = 0;
  let slept = 0;
  const timing: Timing = {
    now: () => (now += 100),
    sleep: async (ms) => void (slept += ms),
    after: () => () => undefined,
    tick: () => Promise.resolve(),
  };
  const owner = world.owner({ timing, refoldShare: () => (slept === 0 ? 0.001 : 1) });
  await world.refolded(owner, taskOf('compare', ALL));
  expect(slept).toBe(1_000);
});

describe('a stream that met a refusal which may have made room for others', () => {
  it.each(['replace', 'repair'] as const)('stays as it is and is counted (%s)', async (effect) => {
    const world = await openRefolds();
    const refused = { subject: 'run/a', id: 'x', type: 'run.delta', expectedseq: 9 };
    for (const fields of [{ subject: 'run/a' }, refused, { subject: 'run/b' }])
      world.append(fields);
    for (let n = 0; n < REFUSALS_MAX; n++) world.log.appendMarker('t', 0);
    world.append(refused);
    await world.foldAll(world.owner());
    const before = world.held();
    const select = { kind: 'all', to: REFUSALS_MAX + 4 } as const;
    const result = await world.refolded(world.owner(), taskOf(effect, select));
    // What was planned of it was read all the same.
    expect(result).toMatchObject({ outcome: 'done', streams: 1, records: 4, unrebuildable: 1 });
    expect(result).toMatchObject({ unrebuildableStreams: ['run/a'], differing: 0 });
    expect(world.held()).toEqual(before);
  });
});

describe('a stream that begins behind a refusal which may have made room for others', () => {
  it.each(['replace', 'repair', 'compare'] as const)('is folded anew (%s)', async (effect) => {
    const world = await openRefolds();
    world.append({ subject: 'run/a', type: 'run.delta' });
    for (let n = 0; n < REFUSALS_MAX; n++) world.log.appendMarker('t', 0);
    for (const id of ['began', 'more']) world.append({ subject: 'run/a', id });
    await world.foldAll(world.owner());
    const select = { kind: 'all', to: REFUSALS_MAX + 3 } as const;
    const result = await world.refolded(world.owner(), taskOf(effect, select));
    expect(result).toMatchObject({ outcome: 'done', streams: 1, unrebuildable: 0, differing: 0 });
    expect(world.held()).toEqual(await world.fresh());
  });
});
