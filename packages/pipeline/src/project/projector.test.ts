import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { UnknownFormat } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { groupOf } from '../projection.js';
import { handTiming } from '../timing.fixture.js';
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
  const { timing } = handTiming();
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
  return { log, store, troubles, projector, append };
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
});
