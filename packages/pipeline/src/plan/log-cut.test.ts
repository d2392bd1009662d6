import { createMemoryViewStore, foldLog } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { createGeneration } from '../generation/change-pointer.js';
import { noWrites } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import { ProjectionReader } from '../read/projection-reader.js';
import { POISON } from '../refold/skip-world.fixture.js';
import { DAY_MS, openCuts } from './log-cut.fixture.js';

describe('how much of a log nobody needs', () => {
  it('is what lies before the last change of the rules behind archived runs', async () => {
    const { over, place, cut, settle, log } = await openCuts();
    over('a');
    over('b');
    const first = place();
    over('c');
    await settle();
    expect(await cut()).toMatchObject({ start: 0, to: first, records: 6, streams: 2 });
    const second = place();
    await settle();
    const found = await cut();
    expect(found).toMatchObject({ to: second, records: 10, streams: 3 });
    expect(found.bytes).toBe(
      log
        .records('t', 0)
        .slice(0, second)
        .reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0),
    );
    await log.truncate('t', 0, first);
    expect(await cut()).toMatchObject({ start: first, to: second, records: 4, streams: 1 });
  });

  it('ends where a stream begins that is not archived; one place further loses it', async () => {
    const { over, place, cut, settle, claim, log, store, projection } = await openCuts();
    over('a');
    const before = place();
    const first = claim('b', 'run.started');
    const behind = place();
    claim('b', 'run.delta');
    await settle();
    expect(await cut()).toMatchObject({
      ...{ to: before, heldBy: { reason: 'stream', stream: 'run/b', offset: first } },
    });
    const documentOf = async (one: typeof store) =>
      (await new ProjectionReader(one, projection).document('run', 'b')).document?.state ?? null;
    const fresh = async () => {
      const other = createMemoryViewStore();
      await foldLog(log, other, projection);
      return documentOf(other);
    };
    await log.truncate('t', 0, before);
    expect(await fresh()).toEqual(await documentOf(store));
    await log.truncate('t', 0, behind);
    expect(await fresh()).toBeNull();
  });

  it('ends where a stream stands parked; what began nothing holds nothing', async () => {
    const { append, place, cut, settle, over } = await openCuts();
    const stuck = append({ subject: 'run/a', type: POISON, id: 'p' });
    append({ subject: 'run/b', type: 'run.started' });
    const parked = append({ subject: 'run/b', type: POISON, id: 'q' });
    over('c');
    place();
    await settle();
    // A claim that begins nothing was refused, and refusals lapse.
    expect(stuck).toBe(0);
    expect((await cut()).heldBy).toEqual({ reason: 'stream', stream: 'run/b', offset: parked - 1 });
  });

  it('does not part an archived run from claims of it that came later', async () => {
    const { over, place, cut, settle, claim } = await openCuts();
    over('a');
    const early = place();
    claim('a', 'run.started');
    await settle();
    expect(await cut()).toMatchObject({ to: 0, heldBy: { reason: 'parted', stream: 'run/a' } });
    const late = place();
    await settle();
    expect(await cut()).toMatchObject({ to: late, streams: 1 });
    expect(late).toBe(early + 2);
  });

  it('ends where records are younger than a day, and where some generation is not folded', async () => {
    const { over, place, cut, settle, claim, pass, store, projection } = await openCuts();
    over('a');
    place();
    await settle();
    expect(await cut(DAY_MS)).toMatchObject({ to: 0, heldBy: { reason: 'recent', offset: 0 } });
    pass(2 * DAY_MS);
    claim('b', 'run.started');
    expect(await cut(6 * DAY_MS)).toMatchObject({
      ...{ to: 3, heldBy: { reason: 'not_folded', generation: 1, offset: 4 } },
    });
    const request = { operation: 'o', views: 'run@1', share: 1 };
    await createGeneration({ store, commitId: () => 'c' }, projection, request);
    expect(await cut()).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'not_folded', generation: 2, offset: 0 } },
    });
  });

  it('ends where a stream began whose document is gone: it is mended only while the log has it', async () => {
    const { over, place, cut, settle, claim, dump, store } = await openCuts();
    const refused = claim('never', 'run.delta');
    over('a');
    place();
    await settle();
    expect((await cut()).to).toBe(4);
    const { checkpoint } = dump();
    const gone = { ...noWrites(), remove: ['d:run/a'] };
    await store.commit(SLOT, checkpoint, checkpoint ?? '', gone, []);
    expect(await cut()).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'stream', stream: 'run/a', offset: refused + 1 } },
    });
  });

  it('is not cut at a change of the rules that did not count', async () => {
    const { over, place, cut, settle } = await openCuts();
    over('a');
    place([[1, 2]]);
    await settle();
    expect(await cut()).toMatchObject({ to: 0, records: 0, streams: 0 });
  });
});
