import { describe, expect, it } from 'vitest';
import { POISON, openSkips } from '../refold/skip-world.fixture.js';
import { SKIPS_MAX } from '../slot/skip-log.js';
import { NAMED_SUBJECTS_MAX, planParked } from './plan-parked.js';
import type { ParkedArguments } from './plan-parked.js';
import type { MeasuredOperation } from './plan-rate.js';
import { namesStreams, taskOf } from './planned-operation.js';
import type { StoredPlan } from './planned-operation.js';
import { NO_TRAFFIC } from './traffic.fixture.js';

/** A record a second with the usual share of the time. */
const MEASURED: MeasuredOperation = {
  partitions: [
    {
      partition: 0,
      ...{ from: 0, to: 0, log_start: 0, streams: 0, records: 1_000, read_records: 1_000 },
    },
  ],
  isNamed: true,
  share: 0.5,
  seconds: 1_001,
  traffic: NO_TRAFFIC,
};

/** So many streams that stand parked, each behind one event. */
async function open(streams: number) {
  const world = await openSkips();
  for (let n = 0; n < streams; n++) {
    world.claim(`s${n}`, 'run.started');
    world.append({ subject: `run/s${n}`, type: POISON, id: `poison-${n}`, data: { n } });
  }
  await world.settle(world.owner({ breaker: { streams: 1, share: 1 } }));
  const plan = async (
    verb: 'redrive' | 'skip',
    args: ParkedArguments,
    share: number | null = null,
  ) => {
    const { planned } = await planParked(
      { log: world.log, store: world.store },
      world.projection,
      { verb, arguments: args, approval: 'not_required', share },
      { partitions: null, nowMs: 2_000, measured: [MEASURED] },
    );
    return planned;
  };
  return { ...world, plan };
}

describe('a plan about parked streams', () => {
  it('names them, and they are what is folded again', async () => {
    const { plan } = await open(3);
    const planned = await plan('redrive', { target: 'parked', error: 'TypeError: poison {"n":1' });
    expect(planned).toMatchObject({ verb: 'redrive', plan: { streams: 1, records: 2 } });
    expect(taskOf('op', planned, 0)).toEqual({
      operation: 'op',
      effect: 'replace',
      select: { kind: 'streams', subjects: ['run/s1'], to: 6 },
    });
  });

  it('takes as long as its share of the time lets it, and looks for no streams', async () => {
    const { plan } = await open(70);
    const etaOf = async (share: number | null) => {
      const planned = await plan('redrive', { target: 'parked' }, share);
      expect(namesStreams(planned)).toBe(true);
      return (planned.plan as unknown as StoredPlan).eta_seconds;
    };
    // 140 records, and 70 streams that are replaced.
    const usual = await etaOf(null);
    expect(usual).toBeCloseTo(1 + 140 + 70 * 4);
    expect(await etaOf(0.1)).toBeCloseTo(1 + ((usual ?? 0) - 1) * 5);
    const args = { target: 'claim', subject: 'run/s0', offset: 1 } as const;
    expect(namesStreams(await plan('skip', args))).toBe(true);
  });

  it('names so many at most, and says how many are left for another one', async () => {
    const { plan } = await open(NAMED_SUBJECTS_MAX + 2);
    const planned = await plan('redrive', { target: 'parked' });
    const [partition] = (planned.plan as unknown as StoredPlan).partitions;
    expect(partition?.subjects).toHaveLength(NAMED_SUBJECTS_MAX);
    expect(partition?.left_out).toBe(2);
    expect(planned.plan.streams).toBe(NAMED_SUBJECTS_MAX);
    expect(Buffer.byteLength(JSON.stringify(planned))).toBeLessThan(200_000);
  });

  it('is one of no streams where nothing stands parked', async () => {
    const { plan } = await open(0);
    const planned = await plan('redrive', { target: 'parked' });
    expect(planned).toMatchObject({ plan: { streams: 0, records: 0 } });
    expect(taskOf('op', planned, 0)?.select).toEqual({ kind: 'streams', subjects: [], to: 0 });
  });

  it('skips the claim at which a stream stands, by its identity, and no other', async () => {
    const { plan } = await open(1);
    const subject = 'run/s0';
    const skipped = await plan('skip', { target: 'claim', subject, offset: 1 });
    expect(taskOf('op', skipped, 0)?.skip).toEqual({
      subject,
      offset: 1,
      source: 'test',
      id: 'poison-0',
    });
    await expect(plan('skip', { target: 'claim', subject, offset: 0 })).rejects.toMatchObject({
      reason: 'parked_elsewhere',
    });
    await expect(plan('redrive', { target: 'run', subject: 'run/other' })).rejects.toMatchObject({
      reason: 'not_parked',
    });
    await expect(plan('redrive', { target: 'run', subject: 'worker/w' })).rejects.toMatchObject({
      field: 'subject',
    });
  });

  it('skips no more claims of a partition than there may be', async () => {
    const { plan, skip, settle, owner } = await open(1);
    for (let n = 0; n < SKIPS_MAX; n++) skip('nobody', 0, `other-${n}`);
    await settle(owner());
    const args = { target: 'claim', subject: 'run/s0', offset: 1 } as const;
    await expect(plan('skip', args)).rejects.toMatchObject({
      partition: 0,
      reason: 'too_many_skips',
      message: expect.stringContaining(`${SKIPS_MAX} claims`) as string,
    });
  });
});
