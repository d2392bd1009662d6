import { describe, expect, it } from 'vitest';
import { createGeneration } from '../generation/change-pointer.js';
import { noWrites } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import { DAY_MS, openCuts } from './log-cut.fixture.js';

describe('a planned cut, once it is carried out', () => {
  it('is what was planned, and nothing behind it is read, whatever came since', async () => {
    const { claim, over, place, cut, check, settle, pass } = await openCuts();
    for (let n = 0; n < 8_000; n++) over(`r${n}`);
    claim('parted', 'run.started');
    const at = place();
    claim('parted', 'run.finished', { status: 'failed' });
    claim('parted', 'run.archived');
    claim('on', 'run.started');
    await settle();
    const { records, bytes, streams, to } = await cut();
    expect([to, streams, records]).toEqual([at, 8_001, 24_001]);
    pass(2 * DAY_MS);
    claim('on', 'run.finished', { status: 'failed' });
    claim('on', 'run.archived');
    // More places than a plan remembers.
    for (let n = 0; n < 1_100; n++) place();
    await settle();
    const reads: number[] = [];
    expect(await check(to, 9 * DAY_MS, reads)).toEqual({
      ...{ start: 0, records, bytes, streams, heldBy: null },
    });
    expect(reads.length).toBeGreaterThan(1);
    expect(Math.max(...reads)).toBeLessThan(to);
  });

  it('is not another one because a claim came behind it', async () => {
    const { over, claim, place, cut, check, settle } = await openCuts();
    over('a');
    const planned = place();
    await settle();
    const { records, bytes, streams } = await cut();
    claim('a', 'run.started');
    const later = place();
    await settle();
    expect(await cut()).toMatchObject({ to: later });
    const same = { start: 0, records, bytes, streams, heldBy: null };
    expect(await check(planned)).toEqual(same);
  });

  it('is held by what needs it by now, and the rest is not read', async () => {
    const { over, place, cut, check, settle, dump, store, projection } = await openCuts();
    over('a');
    for (let n = 0; n < 8_000; n++) over(`r${n}`);
    place();
    await settle();
    const { to } = await cut();
    const { checkpoint } = dump();
    const gone = { ...noWrites(), remove: ['d:run/a'] };
    await store.commit(SLOT, checkpoint, checkpoint ?? '', gone, []);
    const reads: number[] = [];
    expect(await check(to, 3 * DAY_MS, reads)).toMatchObject({
      heldBy: { reason: 'stream', stream: 'run/a', offset: 0 },
    });
    expect(reads).toEqual([0]);
    const request = { operation: 'o', views: 'run@1', share: 1 };
    await createGeneration({ store, commitId: () => 'c' }, projection, request);
    expect(await check(to, 3 * DAY_MS, reads)).toMatchObject({
      heldBy: { reason: 'not_folded', generation: 2, offset: 0 },
    });
    expect(reads).toEqual([0]);
  });
});
