import type { OperationPlanned } from '@refold/contracts';
import { createMemoryEventLog } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { measuredOperations } from './measured-operations.js';
import type { Operating } from './operating.js';

const TOPIC = 'runs';
const RUNS = { name: 'runs', topic: TOPIC, kinds: ['run'], partitions: 2, generation: 1 };

interface Done {
  began: number;
  ended: number;
  logEnd: number;
}

/** As much of the audit trail as is looked at: rewinds that are done, newest first. */
function trailOf(operations: readonly Done[]) {
  const plannedOf = ({ logEnd }: Done) =>
    ({
      verb: 'rewind',
      projection: 'runs',
      arguments: { target: 'to-earliest' },
      plan: { partitions: [{ partition: 0, log_end: logEnd }] },
      approval: 'not_required',
    }) as unknown as OperationPlanned;
  const documentOf = ({ began, ended }: Done) => ({
    state: { status: 'done' },
    parked: null,
    viewFaults: [],
    views: {
      operation: { projection: 'runs', planned_at: began, started_at: began, finished_at: ended },
    },
  });
  const found = operations.map((one, n) => ({ streamId: String(n), document: documentOf(one) }));
  return {
    list: async () => ({ entries: found }),
    timeline: async (_kind: string, id: string) => ({
      position: { partition: 0, next: 0, time: 0 },
      document: found[Number(id)]?.document,
      events: [{ data: plannedOf(operations[Number(id)] as Done), idempotencyKey: null }],
    }),
  };
}

async function open(operations: readonly Done[]) {
  let now = 0;
  const log = createMemoryEventLog({ clock: () => now });
  await log.ensureTopics([{ name: TOPIC, partitions: 2 }]);
  // From 10 s to 20 s two records a second in each partition, and five a second from 30 s on.
  const write = (everyMs: number, fromMs: number, toMs: number) => {
    for (now = fromMs; now < toMs; now += everyMs) {
      for (const partition of [0, 1]) log.appendForeign(TOPIC, partition, { key: 'k', value: 'v' });
    }
  };
  write(500, 10_000, 20_000);
  write(200, 30_000, 40_000);
  const operating = {
    log,
    nowMs: () => 40_000,
    projections: { runs: RUNS },
    reads: { served: { operation: { reader: trailOf(operations) } } },
  } as unknown as Operating;
  const find = (verb: 'rewind' | 'truncate' = 'rewind') =>
    measuredOperations(operating, { verb, projection: 'runs' });
  return { log, find };
}

describe('operations that a plan is measured by', () => {
  it('have what came in beside them, and what comes in now', async () => {
    const quiet = { began: 21_000, ended: 28_000, logEnd: 20 };
    const busy = { began: 12_000, ended: 18_000, logEnd: 0 };
    const { find } = await open([quiet, busy]);
    const now = { all: 10, each: 5 };
    expect(await find()).toMatchObject([
      { seconds: 7, traffic: { then: { all: 0, each: 0 }, now } },
      { seconds: 6, traffic: { then: { all: 4, each: 2 }, now } },
    ]);
  });

  it('took long enough to tell', async () => {
    const { find } = await open([{ began: 21_000, ended: 23_999, logEnd: 20 }]);
    expect(await find()).toEqual([]);
  });

  it('are not those of which the log no longer has what came in', async () => {
    const { log, find } = await open([{ began: 12_000, ended: 18_000, logEnd: 4 }]);
    await log.truncate(TOPIC, 0, 4);
    expect(await find()).toHaveLength(1);
    await log.truncate(TOPIC, 0, 5);
    expect(await find()).toEqual([]);
  });

  it('are none while the log does not say what came in, and a plan is made all the same', async () => {
    const { log, find } = await open([{ began: 12_000, ended: 18_000, logEnd: 0 }]);
    const away = new Error('no leader');
    vi.spyOn(log, 'offsetForTime').mockImplementation((_topic, partition) =>
      partition === 1 ? Promise.reject(away) : Promise.resolve(0),
    );
    expect(await find()).toEqual([]);
  });

  it('ask the log for nothing where nothing was done', async () => {
    const { log, find } = await open([]);
    const asked = [vi.spyOn(log, 'offsetForTime'), vi.spyOn(log, 'range')];
    expect(await find()).toEqual([]);
    for (const spy of asked) expect(spy).not.toHaveBeenCalled();
  });

  it('are that all the same where they fold nothing of it', async () => {
    const { log, find } = await open([{ began: 12_000, ended: 18_000, logEnd: 4 }]);
    await log.truncate(TOPIC, 0, 5);
    const none = { all: 0, each: 0 };
    expect(await find('truncate')).toMatchObject([{ traffic: { then: none, now: none } }]);
  });
});
