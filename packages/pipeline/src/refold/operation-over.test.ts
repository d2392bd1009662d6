import { describe, expect, it } from 'vitest';
import { SLOT } from '../project/one-partition.fixture.js';
import { LogUnavailable } from '../project/check-position.js';
import { REFOLD } from '../slot/names.js';
import { encodeTask } from './refold-task.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';
import { TURNS } from './skip-world.fixture.js';

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A slot that went back to where a task stood in it, of an operation whose end was told since. */
async function open() {
  const world = await openRefolds();
  for (const type of ['run.started', 'run.delta']) world.append({ subject: 'run/r', type });
  const before = world.owner();
  await world.foldAll(before);
  before.revoke();
  const task = taskOf('replace', { kind: 'all', to: 2 });
  await world.damage({ set: [[REFOLD, encodeTask(task)]] });
  const isThere = () => world.store.dump(SLOT).text[REFOLD] !== undefined;
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let turns = 0; !isSo(); turns++) {
      if (turns > 5_000) throw new Error(`it does not come: ${world.troubles.join('; ')}`);
      await macrotask();
    }
  };
  return { ...world, task, isThere, until };
}

describe('a task whose operation is over by the log', () => {
  it('leaves the slot undone and untold, and the next one is carried out', async () => {
    const world = await open();
    const { task, isThere, until, results, troubles, documentText } = world;
    const asked: string[] = [];
    const one = world.owner({
      timing: TURNS,
      hasEnded: async (operation, partitions) => {
        asked.push(`${operation}/${partitions.join()}`);
        return operation === task.operation;
      },
    });
    const text = documentText();
    await world.foldAll(one);
    await until(() => !isThere() && !one.refolds.isBusy);
    expect([asked, results, documentText()]).toEqual([[`${task.operation}/0`], [], text]);
    expect(troubles).toEqual([
      `a refold is not carried out again: the operation ${task.operation} is over by the log`,
    ]);
    // Whoever asks for it has not heard of its end.
    expect(one.request(task)).toBe('taken');
    await macrotask();
    expect(one.refolds.isBusy).toBe(false);
    const next = taskOf('replace', { kind: 'all', to: 2 });
    expect(await world.refolded(one, next)).toMatchObject({ outcome: 'done', replaced: 1 });
    expect(results).toHaveLength(1);
  });

  it('waits as long as the log does not say so', async () => {
    const world = await open();
    const { isThere, until, results } = world;
    let isSilent = true;
    let looks = 0;
    const one = world.owner({
      timing: TURNS,
      hasEnded: async () => {
        looks += 1;
        if (isSilent) throw new LogUnavailable('no leader');
        return false;
      },
    });
    const text = world.documentText();
    await world.foldAll(one);
    await until(() => looks > 3);
    expect([isThere(), results, world.documentText()]).toEqual([true, [], text]);
    isSilent = false;
    await until(() => results.length > 0);
    expect(results).toMatchObject([{ outcome: 'done', replaced: 1 }]);
  });
});
