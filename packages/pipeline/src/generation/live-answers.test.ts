import { deriveResetId } from '@refold/domain';
import { describe, expect, it, vi } from 'vitest';
import { explainStream } from '../explain/explain-stream.js';
import type { PendingReset } from '../plan/pending-reset.js';
import type { PartitionConsumer } from '../ports/event-log.js';
import { GroupWatch } from '../project/group-watch.js';
import { NEWER } from '../project/rulebook.fixture.js';
import { groupOf } from '../projection.js';
import { listedLetter } from '../read/listed-letters.js';
import { LiveReads } from '../read/live-reads.js';
import { parkedStreams } from '../read/parked-streams.js';
import { BROKEN, POISON } from '../refold/skip-world.fixture.js';
import { handTiming } from '../timing.fixture.js';
import { openGenerations } from './two-generations.fixture.js';

const RULES = { ...BROKEN, views: NEWER.views };

/** A partition whose first generation was swapped for the second one, and dropped. */
async function open() {
  const world = await openGenerations();
  world.claim('run.started');
  world.claim(POISON);
  world.log.appendForeign('t', 0, { key: 'r', value: 'no envelope' });
  await world.create();
  const owner = world.owner({ rulebook: RULES });
  await world.foldAll(owner);
  await world.swap('swap', 2);
  await world.until(() => world.roles().join() === 'aside,live');
  await world.drop('drop', 1);
  await world.until(() => world.checkpointOf(1)?.role === 'dropped');
  owner.revoke();
  return { ...world, live: new LiveReads(world.store, world.projection) };
}

describe('whoever asks about the streams of a partition after a swap', () => {
  it('is told of those that stand parked in the live generation', async () => {
    const { live } = await open();
    const found = [];
    for await (const one of parkedStreams(live, 0)) found.push(one);
    expect(found).toMatchObject([{ streamId: 'r', offset: 1 }]);
  });

  it('is shown the dead letters of it', async () => {
    const { live } = await open();
    expect(await listedLetter(live, 0, 2)).toMatchObject({ offset: 2, key: 'r' });
  });

  it('has verdicts explained up to where it is folded', async () => {
    const { log, store, projection } = await open();
    const asked = { subject: 'run/r', after: null, limit: 10 };
    const ports = { log, store, rulebook: RULES };
    const { to, records } = await explainStream(ports, projection, asked);
    expect(to).toBe(3);
    expect(records.map(({ verdict }) => verdict?.kind)).toEqual([
      'accepted',
      'parked',
      'dead_letter',
    ]);
  });

  it('has a reset of the group named by the checkpoint of it', async () => {
    const { log, store, projection, dumpOf } = await open();
    const group = groupOf(projection);
    log.resetGroup(group, 't', 0, 1);
    const noticed: PendingReset[] = [];
    const { timing } = handTiming();
    const watch = new GroupWatch(
      {
        ...{ log, store, timing },
        noticed: (reset) => noticed.push(reset),
        trouble: (_, what) => expect.fail(what),
      },
      projection,
    );
    const consumer: PartitionConsumer = {
      assigned: async () => 3,
      batch: () => new Promise(() => undefined),
      revoked: async () => undefined,
      stopped: (_, __, error) => expect.fail(error.message),
      gatherMs: () => 0,
    };
    await watch.watched(log).subscribe(group, ['t'], consumer);
    await vi.waitFor(() => expect(noticed).toHaveLength(1));
    const { checkpoint } = dumpOf(2);
    expect(noticed[0]?.operation).toBe(deriveResetId(group, 0, 1, checkpoint ?? ''));
  });
});
