import { describe, expect, it } from 'vitest';
import { findPendingRules } from './pending-rules.js';
import { openRules } from './rulebook.fixture.js';

const none = (to: number, isWhole = true) => ({ kind: 'none', to, isWhole });

describe('a change of the rules that is still to be folded', () => {
  it('is the first one that restates the history and names newer rules', async () => {
    const { log, projection, change, claim } = await openRules();
    claim('run.started');
    change(1, []);
    change(3, [[0, 2]]);
    const find = (from: number) => findPendingRules(log, projection, 0, { history: [], from });
    expect(await find(0)).toEqual(none(3));
    change(2, []);
    change(3, []);
    expect(await find(0)).toEqual({ kind: 'pending', offset: 3 });
    expect(await find(4)).toEqual({ kind: 'pending', offset: 4 });
    expect(await find(5)).toEqual(none(5));
  });

  it('is looked for in so many reads at once, and then from there on', async () => {
    const { log, projection, change, claim } = await openRules();
    for (let n = 0; n < 20; n++) claim('run.started');
    change(2, []);
    const slow = {
      range: (topic: string, partition: number) => log.range(topic, partition),
      read: (topic: string, partition: number, from: number) => log.read(topic, partition, from, 1),
    };
    const first = await findPendingRules(slow, projection, 0, { history: [], from: 0 });
    expect(first).toEqual(none(16, false));
    const rest = await findPendingRules(slow, projection, 0, { history: [], from: 16 });
    expect(rest).toEqual({ kind: 'pending', offset: 20 });
  });
});
