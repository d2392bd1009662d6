import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { createGeneration } from '../generation/change-pointer.js';
import { LIVE_LAG_MAX } from '../generation/live-lags.js';
import { UnknownFormat } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { groupOf, slotOf } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import { handTiming, settled } from '../timing.fixture.js';
import { Projector } from './projector.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 2,
  generation: 1,
};

async function open() {
  const log = createMemoryEventLog({ clock: () => 1000 });
  await log.ensureTopics([{ name: 't', partitions: 2 }]);
  const store = createMemoryViewStore();
  const { timing, advance } = handTiming();
  let ids = 0;
  const troubles: string[] = [];
  const projector = () =>
    new Projector(PROJECTION, {
      log,
      store,
      timing,
      rulebook: RULEBOOK,
      commitId: () => `c${ids++}`,
      mirror: async () => [],
      trouble: (partition, what) => troubles.push(`${partition}: ${what}`),
    });
  const append = (partition: number, schemaversion = 1) => {
    const home = (key: string) => partitionOf(key, PROJECTION.partitions) === partition;
    const key = ['a', 'b', 'c', 'd', 'e', 'f'].find(home) ?? '';
    const value = encodeEnvelope({
      id: `e${ids++}`,
      source: 'test',
      type: 'run.started',
      subject: `run/${key}`,
      schemaversion,
      data: null,
    });
    log.appendForeign('t', partition, { key, value });
  };
  return { log, store, troubles, projector, append, advance };
}

describe('Projector', () => {
  it('says what each of its partitions is doing, and tells the group how far it is', async () => {
    const { log, projector, append } = await open();
    const one = projector();
    await one.start(log);
    append(0);
    append(1);
    append(1);
    await vi.waitFor(() => {
      expect(one.status()).toMatchObject([
        { partition: 0, next: 1, end: 1, stopped: null },
        { partition: 1, next: 2, end: 2, stopped: null },
      ]);
    });
    const committed = await log.committed(groupOf(PROJECTION), 't');
    expect(committed.get(1)).toEqual({ offset: 2, metadata: 'refold/1' });
    await one.stop();
  });

  it('lets one partition stop alone and says why', async () => {
    const { log, projector, append, troubles } = await open();
    const one = projector();
    await one.start(log);
    append(0, 2);
    append(1);
    await vi.waitFor(() => {
      const [first, second] = one.status();
      expect(first?.stopped).toMatchObject({ code: 'unknown_version' });
      expect(second).toMatchObject({ next: 1, stopped: null });
    });
    expect(troubles).toEqual([expect.stringMatching(/^0: stopped: .*version 2.*Deploy/)]);
    await one.stop();
  });

  it('takes a format that it does not know for a version to deploy, which no restart brings', async () => {
    const { log, projector } = await open();
    const one = projector();
    await one.start(log);
    await vi.waitFor(() => expect(one.status()).toHaveLength(2));
    one.stopped('t', 1, new UnknownFormat('codec 5: deploy'));
    one.stopped('t', 0, new Error('anything else'));
    expect(one.status().map(({ stopped }) => stopped)).toMatchObject([
      { name: 'Error', message: 'anything else' },
      { name: 'PartitionStopped', code: 'unknown_version', message: 'codec 5: deploy' },
    ]);
    await one.stop();
  });

  it('shares the partitions with others and forgets those it lost', async () => {
    const { log, projector } = await open();
    const [one, two] = [projector(), projector()];
    await one.start(log);
    await vi.waitFor(() => expect(one.status()).toHaveLength(2));
    await two.start(log);
    await vi.waitFor(() => {
      expect(one.status()).toHaveLength(1);
      expect(two.status()).toHaveLength(1);
    });
    await one.stop();
    await vi.waitFor(() => expect(two.status()).toHaveLength(2));
    await two.stop();
  });

  it.each(['has stopped', 'is handed nothing more'])(
    'folds nothing aside while one of its partitions lags, unless that %s',
    async (way) => {
      const { log, store, projector, append, advance } = await open();
      append(0);
      append(1);
      const build = { operation: 'o', views: 'run@1', share: 1 };
      await createGeneration({ store, commitId: () => 'p' }, PROJECTION, build);
      const one = projector();
      for (const partition of [0, 1]) await one.assigned('t', partition);
      const late = await log.read('t', 1, 0);
      await one.batch({ ...late, end: late.next + LIVE_LAG_MAX + 1 });
      await one.batch(await log.read('t', 0, 0));
      const aside = (): number => {
        const { checkpoint } = store.dump(slotOf({ ...PROJECTION, generation: 2 }, 0));
        return checkpoint === null ? 0 : decodeCheckpoint(checkpoint).next;
      };
      await advance(9_000);
      expect(aside()).toBe(0);
      if (way === 'has stopped') one.stopped('t', 1, new Error('it stands still'));
      else await advance(2_000);
      for (let n = 0; n < 20 && aside() === 0; n++) await advance(50).then(settled);
      expect(aside()).toBe(1);
      await one.stop();
    },
  );
});
