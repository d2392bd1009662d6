import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { PartitionProjector } from '../project/partition-projector.js';
import type { Projection } from '../projection.js';
import { makePlan } from './make-plan.js';
import type { Verb } from './verb.js';

const PARTITIONS = 3;
const RUNS = 30;

const projection: Projection = {
  name: 'p',
  topic: 't',
  kinds: ['run'],
  partitions: PARTITIONS,
  generation: 1,
};

async function open() {
  const log = createMemoryEventLog({ clock: () => 1000 });
  await log.ensureTopics([{ name: 't', partitions: PARTITIONS }]);
  const store = createMemoryViewStore();
  for (let i = 0; i < 3 * RUNS; i++) {
    const key = `run-${i % RUNS}`;
    const type = i < RUNS ? 'run.started' : 'run.delta';
    const subject = `run/${key}`;
    const value = encodeEnvelope({ id: `e${i}`, source: 'test', type, data: null, subject });
    log.appendForeign('t', partitionOf(key, PARTITIONS), { key, value });
  }
  const timing = {
    now: () => 0,
    sleep: () => Promise.resolve(),
    after: () => () => undefined,
    tick: () => Promise.resolve(),
  };
  let ids = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const projector = new PartitionProjector(
      {
        log,
        store,
        rulebook: RULEBOOK,
        timing,
        commitId: () => `c${ids++}`,
        committed: () => undefined,
        mirror: async () => [],
        trouble: () => undefined,
      },
      projection,
      partition,
    );
    await projector.handle(await log.read('t', partition, await projector.position()));
  }
  const plan = (verb: Verb, partitions: number[] | null = null, ports = {}) =>
    makePlan({ log, store, ...ports }, projection, {
      verb,
      effect: 'replace',
      partitions,
      nowMs: 0,
      measured: [],
    });
  const endOf = async (partition: number) => (await log.range('t', partition)).end;
  return { log, plan, endOf };
}

describe('a plan of several partitions', () => {
  it('has each in its order, and all of them in its totals', async () => {
    const { plan } = await open();
    const { partitions, totals } = await plan({ verb: 'to-earliest' });
    expect(partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect(totals).toMatchObject({ streams: RUNS, records: 3 * RUNS, readRecords: 3 * RUNS });
  });

  it('is for the partitions it is narrowed to', async () => {
    const { plan, endOf } = await open();
    const { partitions, totals } = await plan({ verb: 'to-earliest' }, [1]);
    expect(partitions.map(({ partition }) => partition)).toEqual([1]);
    expect(totals.records).toBe(await endOf(1));
  });

  it('is refused as a whole when one of them would go ahead', async () => {
    const { plan, endOf } = await open();
    const file = `t,0,0\nt,1,${(await endOf(1)) + 2}`;
    const { partitions, isRefused } = await plan({ verb: 'from-file', file });
    expect(partitions.map(({ refusal }) => refusal)).toEqual([
      null,
      { reason: 'forward', skips: 2 },
    ]);
    expect(isRefused).toBe(true);
  });

  it('fails with the first that cannot be read, and reads the others no further', async () => {
    const { log, plan } = await open();
    const reads: number[] = [];
    const failing = {
      ...log,
      async read(topic: string, partition: number, from: number) {
        reads.push(partition);
        if (partition === 0) throw new Error('the log is away');
        return log.read(topic, partition, from, 1);
      },
    };
    const planning = plan({ verb: 'to-earliest' }, null, { log: failing });
    await expect(planning).rejects.toThrow('the log is away');
    expect(reads.filter((partition) => partition === 1).length).toBeLessThan(5);
    expect(reads).not.toContain(2);
  });
});
