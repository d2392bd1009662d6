import { describe, expect, it, vi } from 'vitest';
import type { PublishOutcome } from '../publish/publish-outcome.js';
import { REFOLD_PROGRESS } from '../slot/names.js';
import type { RefoldProgress } from './refold-task.js';
import { taskOf } from './refold-world.fixture.js';
import { TURNS, documentOf, fill, openSkips } from './skip-world.fixture.js';

const SKIP = { subject: 'run/r', offset: 2, source: 'test', id: 'poison' };
const SELECT = { kind: 'streams', subjects: ['run/r'], to: 6 } as const;

/** A minute, and a little of it. */
const MINUTE = 60_000;
const MOMENT = 3_000;

/** An owner by a clock that moves on while it waits, and a log that takes its records or does not. */
async function open() {
  const world = await openSkips();
  fill(world);
  const task = { ...taskOf('replace', SELECT), skip: SKIP };
  let now = 0;
  let refusal: Exclude<PublishOutcome, { kind: 'appended' }> | null = null;
  let sends = 0;
  const one = world.owner({
    timing: {
      ...TURNS,
      now: () => now,
      sleep: async (ms) => {
        await TURNS.sleep(ms);
        now += ms;
      },
    },
    append: async ({ key, value }) => {
      sends += 1;
      // What the broker takes to say no.
      now += 1;
      if (refusal !== null) return refusal;
      const offset = world.log.appendForeign('t', 0, { key, value });
      return { kind: 'appended', offset, timestamp: 0 };
    },
  });
  await world.settle(one);
  return {
    ...world,
    task,
    one,
    now: () => now,
    sends: () => sends,
    takes: (answer: typeof refusal) => {
      refusal = answer;
    },
    /** Lets the owner work for so long, while nothing is folded. */
    works: async (ms: number): Promise<void> => {
      for (const until = now + ms; now < until;) await world.turn();
    },
    /** Why nothing is done: what the owner knows, and what the slot says. */
    told: () => {
      const text = world.dump().text[REFOLD_PROGRESS];
      const said = text === undefined ? null : (JSON.parse(text) as RefoldProgress);
      return [one.refolds.progress()?.trouble, said?.trouble];
    },
  };
}

describe('a skip whose records the log refuses', () => {
  const refused = {
    kind: 'refused',
    reason: 'unauthorized',
    message: 'no right to write',
  } as const;

  it.each([true, false])(
    'tries a few times a minute, says why, and ends once it takes one (canceled: %s)',
    async (isCanceled) => {
      const world = await open();
      const { one, task } = world;
      world.takes(refused);
      const commit = vi.spyOn(world.store, 'commit');
      one.request(task);
      await world.works(MINUTE);
      const why =
        'the log takes no record: no right to write, the skip of 2 is withdrawn as soon as it does';
      expect(world.told()).toEqual([why, why]);
      expect(world.sends()).toBeLessThan(20);
      // The task, and once why it waits.
      expect(commit).toHaveBeenCalledTimes(2);
      const before = world.sends();
      await world.works(MINUTE);
      expect(world.sends() - before).toBeGreaterThan(5);
      expect(world.sends() - before).toBeLessThan(15);
      if (isCanceled) one.refolds.cancel(task.operation);
      await world.works(MINUTE);
      expect(world.results).toEqual([]);
      expect(one.request({ ...task, operation: 'redrive' })).toBe('busy');
      world.takes(null);
      const result = await world.ended(one);
      expect(result.outcome).toBe(isCanceled ? 'canceled' : 'failed');
      if (!isCanceled) expect(result.error).toContain('no right to write');
      expect(world.said()).toEqual(['skip_withdrawn']);
      expect(await documentOf(world)).toMatchObject({ parked: { offset: 2 } });
      expect(world.told()).toEqual([undefined, null]);
    },
  );

  it('is carried out where another owner has written it meanwhile', async () => {
    const world = await open();
    const { one, task } = world;
    world.takes(refused);
    one.request(task);
    await world.works(MINUTE);
    world.operation(task.operation, 'r', 2, 'poison').skips();
    const sends = world.sends();
    expect(await world.ended(one)).toMatchObject({ outcome: 'done', replaced: 1 });
    expect(world.sends() - sends).toBeLessThan(2);
    expect(await documentOf(world)).toMatchObject({ parked: null, state: { seq: 3 } });
  });

  it('ends within a second where the partition goes to somebody else', async () => {
    const world = await open();
    world.takes(refused);
    world.one.request(world.task);
    await world.works(MINUTE);
    world.one.revoke();
    const [sends, at] = [world.sends(), world.now()];
    while (world.one.refolds.isBusy) await world.turn();
    expect(world.sends()).toBe(sends);
    expect(world.now() - at).toBeLessThanOrEqual(1_000);
  });
});

describe('a skip of a partition where live folding stands still', () => {
  it.each([true, false])('says what it waits for (canceled: %s)', async (isCanceled) => {
    const world = await open();
    const { one, task } = world;
    const end = world.claim('other', 'run.delta') + 1;
    const commit = vi.spyOn(world.store, 'commit');
    one.request(task);
    await world.works(MINUTE);
    const why = `waits for live folding, which stands at ${end - 1} of ${end}`;
    expect(world.told()).toEqual([`the skip ${why}`, `the skip ${why}`]);
    expect(commit).toHaveBeenCalledTimes(2);
    if (isCanceled) {
      one.refolds.cancel(task.operation);
      await world.works(MOMENT);
      const then = `the withdrawal of the skip ${why}`;
      expect(world.told()).toEqual([then, then]);
      expect(commit).toHaveBeenCalledTimes(3);
    }
    // Neither record is written before it is known what the log says.
    expect(world.sends()).toBe(0);
    expect(await world.ended(one)).toMatchObject({ outcome: isCanceled ? 'canceled' : 'done' });
    expect(world.said()).toEqual([isCanceled ? 'skip_withdrawn' : 'skipped']);
    expect(world.told()).toEqual([undefined, null]);
  });

  it('says so, too, behind its record', async () => {
    const world = await open();
    const { one, task } = world;
    one.request(task);
    await world.works(MINUTE);
    const why = 'the skip waits for live folding, which stands at 6 of 7';
    expect(world.told()).toEqual([why, why]);
    expect(await world.ended(one)).toMatchObject({ outcome: 'done', replaced: 1 });
    expect(world.said()).toEqual(['skipped']);
  });
});

it('a skip that is not acknowledged says so until it is', async () => {
  const world = await open();
  const { one, task } = world;
  world.takes({ kind: 'unknown', message: 'too few replicas' });
  one.request(task);
  while (one.refolds.progress()?.trouble == null) await world.turn();
  expect(world.told()[0]).toBe(
    'the record that skips 2 was not acknowledged: too few replicas, it is looked for and tried again',
  );
  world.takes(null);
  expect(await world.ended(one)).toMatchObject({ outcome: 'done', replaced: 1 });
  expect(world.told()).toEqual([undefined, null]);
});
