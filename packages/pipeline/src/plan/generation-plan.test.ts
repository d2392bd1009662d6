import { describe, expect, it } from 'vitest';
import { onType, saying, viewing } from '../diff/two-generations.fixture.js';
import { createGeneration, dropGeneration } from '../generation/change-pointer.js';
import { openPlans, reasons, TYPE } from './generation-plans.fixture.js';
import { NO_TRAFFIC } from './traffic.fixture.js';

const NEWER = viewing({ evolve: saying('more', () => true) });

describe('the plan of a new generation', () => {
  it('says what folding everything comes to, and takes the newest views', async () => {
    const { plan } = await openPlans(NEWER);
    const { planned, refusals } = await plan('reproject', { target: 'new-generation' });
    expect(refusals).toEqual([]);
    expect(planned).toMatchObject({
      verb: 'reproject',
      projection: 'p',
      arguments: { target: 'new-generation' },
      approval: 'not_required',
    });
    const { plan: made } = planned;
    expect(made).toMatchObject({
      ...{ streams: 2, records: 3, read_records: 4, not_folded: [] },
      ...{ records_per_second: 4, eta_seconds: 1 },
      generations: { generation: 2, views: 'run@2' },
      partitions: [{ partition: 0, from: 0, to: 4, streams: 2, records: 3, views: 'run@1' }],
    });
  });

  it('takes the views and the share that are asked for, and the time that a build before it took', async () => {
    const { plan } = await openPlans(NEWER);
    const asked = { target: 'new-generation' as const, views: 'run@1' };
    const work = { partition: 0, from: 0, to: 0, log_start: 0, streams: 0 };
    const before = {
      partitions: [{ ...work, records: 20, read_records: 20 }],
      isNamed: true,
      share: 0.002,
      seconds: 11,
      traffic: NO_TRAFFIC,
    };
    const { planned } = await plan('reproject', asked, { measured: [before], share: 0.004 });
    expect(planned.plan.generations).toEqual({ generation: 2, views: 'run@1' });
    expect(planned.share).toBe(0.004);
    // Twice the share of that, and four records and two streams instead of twenty records.
    expect(planned.plan.eta_seconds).toBeCloseTo(1 + ((12 / 20) * 10) / 2);
    const { planned: first } = await plan('reproject', asked, { share: 0.004 });
    expect(first.plan).toMatchObject({ records_per_second: null, eta_seconds: null });
  });

  it.each(['run@7', 'worker@1', 'run@1,worker@1', 'run@1,run@2'])(
    'refuses the views %s',
    async (views) => {
      const { plan } = await openPlans(NEWER);
      await expect(plan('reproject', { target: 'new-generation', views })).rejects.toMatchObject({
        field: 'views',
        expected: 'one version of each view that this build has: run@1, run@2',
      });
    },
  );

  it('ends with whoever asked for it', async () => {
    const { plan, build } = await openPlans();
    const gone = { signal: AbortSignal.abort(new Error('gone')) };
    await expect(plan('reproject', { target: 'new-generation' }, gone)).rejects.toThrow('gone');
    await build();
    const target = { target: 'generation' as const, generation: 2 };
    await expect(plan('swap', target, gone)).rejects.toThrow('gone');
  });

  it('is about all partitions', async () => {
    const { plan } = await openPlans();
    const some = { partitions: [0] };
    await expect(plan('reproject', { target: 'new-generation' }, some)).rejects.toMatchObject({
      field: 'partitions',
    });
    const drop = { target: 'generation' as const, generation: 2 };
    await expect(plan('drop', drop, some)).rejects.toMatchObject({ field: 'partitions' });
    await expect(plan('swap', drop, { partitions: [1] })).rejects.toMatchObject({
      field: 'partitions',
    });
  });

  it('says which streams are carried over where the log has lost its head, wherever it was cut', async () => {
    const { plan, log, run, fold } = await openPlans();
    const target = { target: 'new-generation' as const };
    run('c');
    await fold(1);
    log.deleteHead('t', 0, 1);
    const { planned, refusals } = await plan('reproject', target);
    expect(refusals).toEqual([]);
    expect(planned.plan.partitions).toMatchObject([
      { from: 1, unrebuildable: 1, unrebuildable_streams: ['run/a'] },
    ]);
    log.deleteHead('t', 0, 4);
    const later = await plan('reproject', target);
    expect(later.planned.plan.partitions).toMatchObject([
      { from: 4, streams: 3, unrebuildable: 2, unrebuildable_streams: ['run/b', 'run/a'] },
    ]);
  });

  it('is refused where nothing is folded, and where there are as many as there may be', async () => {
    const { plan, ports, projection, store } = await openPlans();
    for (let n = 2; n <= 8; n++) {
      const request = { operation: `o${n}`, views: 'run@1', share: 1 };
      await createGeneration(ports, projection, request);
    }
    const target = { target: 'new-generation' as const };
    expect(reasons(await plan('reproject', target))).toEqual(['too_many_generations']);
    store.wipe();
    expect(reasons(await plan('reproject', target))).toEqual(['nothing_folded']);
  });
});

describe('the plan of a swap', () => {
  it('tells what differs, and is refused until that is accepted', async () => {
    const { plan, build } = await openPlans(NEWER);
    await build();
    const target = { target: 'generation' as const, generation: 2 };
    const first = await plan('swap', target);
    expect(first.planned.plan.generations).toMatchObject({ streams: 2, changed: 2, added: 0 });
    const [refusal] = first.refusals;
    expect(refusal).toMatchObject({ reason: 'differences_not_accepted', partition: null });
    const digest = first.planned.plan.generations?.digest ?? '';
    const second = await plan('swap', { ...target, accept: digest });
    expect(second.refusals).toEqual([]);
    expect(second.planned.plan).toMatchObject({ records: 0, streams: 0, eta_seconds: 0 });
    expect(second.planned.plan.partitions).toMatchObject([{ partition: 0, from: 4, to: 4 }]);
  });

  it('is refused for rules that change one verdict, whatever is accepted', async () => {
    const { plan, build } = await openPlans();
    await build(
      'build',
      onType(TYPE, () => ({ allowed: false, detail: {} })),
    );
    const target = { target: 'generation' as const, generation: 2 };
    const digest = (await plan('swap', target)).planned.plan.generations?.digest ?? '';
    const refused = await plan('swap', { ...target, accept: digest });
    expect(reasons(refused)).toEqual(['verdicts_differ']);
  });

  it('is refused for a generation that is not there, is live or is dropped', async () => {
    const { plan, build, ports, projection } = await openPlans();
    await build();
    const to = (generation: number) => plan('swap', { target: 'generation', generation });
    expect(reasons(await to(3))).toEqual(['unknown_generation']);
    expect(reasons(await to(1))).toEqual(['already_live']);
    await dropGeneration(ports, projection, { operation: 'd', generation: 2 });
    expect(reasons(await to(2))).toEqual(['generation_dropped']);
  });
});

describe('the plan of a rollback', () => {
  it('goes back to what was live before, and needs no digest', async () => {
    const { plan, build, flip } = await openPlans(NEWER);
    const back = () => plan('rollback', { target: 'previous-generation' });
    expect(reasons(await back())).toEqual(['nothing_to_roll_back']);
    await build();
    await flip('swap', 2);
    const { planned, refusals } = await back();
    expect(refusals).toEqual([]);
    expect(planned.plan.generations).toMatchObject({ from: 2, generation: 1, changed: 2 });
    expect(planned.plan.generation).toBe(2);
    expect(planned.plan.partitions).toMatchObject([{ partition: 0, from: 4 }]);
  });

  it('is refused behind a rollback, so that one that is sent twice does no harm', async () => {
    const { plan, build, flip } = await openPlans(NEWER);
    await build();
    await flip('swap', 2);
    await flip('back', 1, true);
    for (const partitions of [null, [0]]) {
      const { refusals } = await plan(
        'rollback',
        { target: 'previous-generation' },
        { partitions },
      );
      expect(refusals).toEqual([{ reason: 'rolled_back', partition: 0, from: 2, to: 1 }]);
    }
    // Asked for by its number, it comes back like any other.
    const swap = await plan('swap', { target: 'generation', generation: 2 });
    expect(reasons(swap)).toEqual(['differences_not_accepted']);
  });

  it('is refused when that one is gone', async () => {
    const { plan, build, flip, ports, projection } = await openPlans(NEWER);
    await build();
    await flip('swap', 2);
    await dropGeneration(ports, projection, { operation: 'd', generation: 1 });
    const refused = await plan('rollback', { target: 'previous-generation' });
    expect(reasons(refused)).toEqual(['nothing_to_roll_back']);
  });
});

describe('the plan of a drop', () => {
  it('is refused for the live one, and takes no digest', async () => {
    const { plan, build } = await openPlans();
    await build();
    const drop = (generation: number) => plan('drop', { target: 'generation', generation });
    expect(reasons(await drop(1))).toEqual(['generation_live']);
    expect(reasons(await drop(7))).toEqual(['unknown_generation']);
    const { planned, refusals } = await drop(2);
    expect(refusals).toEqual([]);
    // As many as it has by now.
    expect(planned.plan).toMatchObject({ streams: 2, partitions: [{ streams: 2 }] });
    const accept = '0'.repeat(16);
    const asked = { target: 'generation' as const, generation: 2, accept };
    await expect(plan('drop', asked)).rejects.toMatchObject({ field: 'accept' });
  });
});
