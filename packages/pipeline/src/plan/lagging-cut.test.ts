import { createMemoryViewStore, foldLog } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { ProjectionReader } from '../read/projection-reader.js';
import { DAY_MS, openCuts } from './log-cut.fixture.js';

const HOUR_MS = DAY_MS / 24;

const MESSAGE = {
  ...{ subject: 'run/q', type: 'run.message', id: 'same' },
  data: { role: 'user', content: 'early' },
};

/** A claim that was refused because its run had not begun; what comes `later` is not folded yet, and comes a second time. */
async function lagging(later: number) {
  const world = await openCuts();
  const { append, over, place, claim, settle, pass, log, projection } = world;
  const refused = append(MESSAGE);
  over('a');
  const at = place();
  await settle();
  pass(later);
  claim('q', 'run.started');
  append(MESSAGE);
  const seqOf = async (store: typeof world.store): Promise<number> => {
    const reader = new ProjectionReader(store, projection);
    return (await reader.document('run', 'q')).document?.state?.seq ?? 0;
  };
  const fresh = async (): Promise<number> => {
    const store = createMemoryViewStore();
    await foldLog(log, store, projection);
    return seqOf(store);
  };
  return { ...world, refused, at, held: () => seqOf(world.store), fresh };
}

describe('a log that is cut while its partition lags', () => {
  it('keeps what was refused within a day before what is not folded, as the partition counts time', async () => {
    const world = await lagging(2 * HOUR_MS);
    const { cut, settle, refused, log, at, held, fresh } = world;
    // All of it is old by the time of day.
    expect(await cut(9 * DAY_MS)).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'recent', offset: 0, generation: 1 } },
    });
    await settle();
    // The second one met the refusal of the first, and the run is folded anew from there.
    expect([await held(), await fresh()]).toEqual([1, 1]);
    expect(await cut(9 * DAY_MS)).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'stream', stream: 'run/q', offset: refused } },
    });
    // Whoever folds a log without it accepts the claim that was refused.
    await log.truncate('t', 0, at);
    expect([await held(), await fresh()]).toEqual([1, 2]);
  });

  it('gives up what lapsed before what is not folded comes', async () => {
    const { cut, settle, log, at, held, fresh } = await lagging(DAY_MS);
    const { to } = await cut(9 * DAY_MS);
    expect(to).toBe(at);
    await log.truncate('t', 0, to);
    await settle();
    expect([await held(), await fresh()]).toEqual([2, 2]);
  });

  it('counts by the clock of the partition where what comes next has another one', async () => {
    const { append, over, place, cut, settle, pass, log } = await openCuts();
    append(MESSAGE);
    over('a');
    const at = place();
    await settle();
    pass(DAY_MS - HOUR_MS);
    // The time stamp of a record that is unfit may be its producer's.
    const foreign = { key: null, value: null, unfit: 'transactional' };
    pass(2 * DAY_MS);
    log.appendForeign('t', 0, foreign);
    pass(-2 * DAY_MS);
    append({ ...MESSAGE, id: 'next' });
    expect(await cut(9 * DAY_MS)).toMatchObject({ to: 0, heldBy: { generation: 1 } });
    await settle();
    expect(await cut(9 * DAY_MS)).toMatchObject({ to: at });
  });
});
