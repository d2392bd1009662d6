import { createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CHANGED_BUILD,
  DISPUTED,
  NEW_BUILD,
  OLD_BUILD,
  PARTITIONS,
  TWO_RULES,
  carriedOut,
  diffOf,
  dryRun,
  generationsOf,
  openGenerations,
  planned,
  refusedPlan,
  swapToNew,
  untilLevel,
  type GenerationWorld,
} from './generation-world.js';
import type { OpenPorts } from './http-stack.js';

const REPROJECT = { verb: 'reproject', arguments: { target: 'new-generation' } };
const ROLLBACK = { verb: 'rollback', arguments: { target: 'previous-generation' } };

/** A reader that polls all partitions until it is stopped: what it saw, one generation at a time. */
function poll({ reader }: GenerationWorld) {
  const polled = reader();
  const seen: string[] = [];
  const positions = new Map<number, number>();
  let stopped = false;
  const look = async (): Promise<void> => {
    const { entries, positions: now } = await polled.list('run', 'runs/all', undefined, 200);
    const told = new Set(
      entries.map(({ document }) => {
        const view = document?.views['run'] as { told_by?: string } | undefined;
        return view?.told_by ?? 'version 1';
      }),
    );
    expect([...told]).toHaveLength(1);
    const [version = ''] = told;
    if (seen.at(-1) !== version) seen.push(version);
    for (const { partition, next } of now) {
      expect(next).toBeGreaterThanOrEqual(positions.get(partition) ?? 0);
      positions.set(partition, next);
    }
  };
  const running = (async () => {
    while (!stopped) await look();
  })();
  running.catch(() => undefined);
  return {
    async stop(): Promise<string[]> {
      stopped = true;
      await running;
      await look();
      return seen;
    },
  };
}

/** Writes to runs of its own until it is stopped. */
function write(world: GenerationWorld) {
  let stopped = false;
  let written = 0;
  const running = (async () => {
    while (!stopped) {
      await world.writeRun(written % PARTITIONS, 2);
      written += 1;
    }
  })();
  running.catch(() => undefined);
  return async (): Promise<number> => {
    stopped = true;
    await running;
    return written;
  };
}

/** Generations and rules over HTTP, on any backend. */
export function generationTests(open: OpenPorts): void {
  const opened = async (): Promise<GenerationWorld> => {
    const world = await openGenerations(open);
    onTestFinished(() => world.close());
    return world;
  };

  describe('another version of a view', () => {
    it('is built beside the live one, compared, swapped in, taken back and dropped', async () => {
      const world = await opened();
      await world.deploy(OLD_BUILD);
      const hit: string[] = [];
      for (let n = 0; n < 12; n++) {
        const runId = await world.writeRun(n % PARTITIONS, n % 4);
        if (n % 4 > 1) hit.push(`run/${runId}`);
      }
      await world.deploy(NEW_BUILD);
      const { stack } = world;

      const built = await carriedOut(stack(), REPROJECT);
      expect([built.status, built.error]).toEqual(['done', null]);
      expect(built.plan.generations).toMatchObject({ generation: 2, views: 'run@2' });
      const { streams, records } = built.plan;
      expect([built.result.streams, built.result.records]).toEqual([streams, records]);
      expect(streams).toBe(12);

      const diff = await diffOf(stack(), 2, '?samples=100');
      expect(diff).toMatchObject({ streams: 12, changed: 12, added: 0, removed: 0 });
      expect(diff).toMatchObject({ unsettled: 0, differing_verdicts: 0, refusals: [] });
      expect(diff.fields).toContainEqual({ field: '/views/run/told_by', streams: 12 });
      expect(diff.fields).toContainEqual({
        field: '/views/run/message_count',
        streams: hit.length,
      });
      const mended = diff.samples.filter(({ fields }) =>
        fields.some(({ field }) => field === '/views/run/message_count'),
      );
      expect(mended.map(({ stream }) => stream).sort()).toEqual([...hit].sort());
      const named = new Set(diff.samples.flatMap(({ fields }) => fields.map((one) => one.field)));
      expect([...named].sort()).toEqual(['/views/run/message_count', '/views/run/told_by']);

      const target = { target: 'generation', generation: 2 };
      const refused = await refusedPlan(stack(), { arguments: target });
      expect(refused.refusals).toEqual([
        { reason: 'differences_not_accepted', partition: null, digest: diff.digest },
      ]);

      const polled = poll(world);
      const stopWriting = write(world);
      const accept = diff.digest ?? '';
      const swap = { verb: 'swap', arguments: { ...target, accept } };
      const swapped = await carriedOut(stack(), swap);
      expect([swapped.status, swapped.error]).toEqual(['done', null]);
      const live = (await generationsOf(stack())).generations.map(({ generation, state }) => [
        generation,
        state,
      ]);
      expect(live).toEqual([
        [1, 'retired'],
        [2, 'live'],
      ]);
      const back = await carriedOut(stack(), ROLLBACK);
      expect([back.status, back.error]).toEqual(['done', null]);
      for (const one of [swapped, back]) {
        const { plan, result } = one;
        expect([result.streams, result.records]).toEqual([plan.streams, plan.records]);
      }
      expect((await refusedPlan(stack(), ROLLBACK)).refusals).toEqual([
        { reason: 'rolled_back', partition: 0, from: 2, to: 1 },
      ]);
      const again = await carriedOut(stack(), swap);
      expect([again.status, again.error]).toEqual(['done', null]);
      expect(await stopWriting()).toBeGreaterThan(0);
      expect(await polled.stop()).toEqual(['version 1', 'version 2', 'version 1', 'version 2']);

      // What is retired is folded on, and has as many streams as are planned once nothing is on its way to it.
      await untilLevel(stack());
      const drop = { verb: 'drop', arguments: { target: 'generation', generation: 1 } };
      const dropped = await carriedOut(stack(), drop);
      expect([dropped.status, dropped.error]).toEqual(['done', null]);
      const { streams: removed, records: written } = dropped.plan;
      expect(removed).toBeGreaterThan(0);
      expect(dropped.result).toMatchObject({
        ...{ streams: removed, replaced: removed, records: written },
      });
      const { generations } = await generationsOf(stack());
      expect(generations.map(({ generation }) => generation)).toEqual([2]);
    });

    it('may be swapped in on some partitions, and nowhere twice', async () => {
      const world = await opened();
      await world.deploy(OLD_BUILD);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        await world.writeRun(partition, 1);
      }
      await world.deploy(NEW_BUILD);
      const { stack } = world;
      await carriedOut(stack(), REPROJECT);
      const { digest } = await diffOf(stack(), 2, '?partition=3');
      const target = { target: 'generation', generation: 2, accept: digest ?? '' };
      const some = { verb: 'swap', arguments: target, partitions: [3] };
      expect((await carriedOut(stack(), some)).finished_partitions).toEqual([3]);
      const [, second] = (await generationsOf(stack())).generations;
      expect(second?.partitions.map(({ live }) => live)).toEqual([false, false, false, true]);
      const { refusals } = await refusedPlan(stack(), { arguments: target });
      expect(refusals).toEqual([{ reason: 'already_live', partition: 3 }]);
      const back = await carriedOut(stack(), ROLLBACK);
      expect([back.status, back.finished_partitions]).toEqual(['done', [3]]);
    });

    it('is not made live once what is planned is no longer so', async () => {
      const world = await opened();
      await world.deploy(OLD_BUILD);
      await world.writeRun(1, 1);
      await world.deploy(NEW_BUILD);
      const { stack } = world;
      const first = await planned(stack(), REPROJECT);
      await carriedOut(stack(), REPROJECT);
      const late = await stack().post(`/operations/${first.operation_id}/execute`);
      expect([late.status, late.body.code]).toEqual([409, 'plan_outdated']);
      const drop = { verb: 'drop', arguments: { target: 'generation', generation: 2 } };
      const { operation_id: dropping } = await planned(stack(), drop);
      await carriedOut(stack(), drop);
      const gone = await stack().post(`/operations/${dropping}/execute`);
      expect([gone.status, gone.body.code]).toEqual([409, 'plan_refused']);
    });
  });

  describe('other rules', () => {
    it('are refused by the gate where they change one verdict of the past', async () => {
      const world = await opened();
      await world.deploy(OLD_BUILD);
      await world.writeRun(0, 2);
      const runId = await world.writeRun(2, 1, DISPUTED);
      await world.deploy(CHANGED_BUILD);
      const { stack } = world;
      const built = await carriedOut(stack(), REPROJECT);
      expect(built.status).toBe('done');
      const diff = await diffOf(stack(), 2);
      expect(diff.verdicts.map(({ stream }) => stream)).toContain(`run/${runId}`);
      const accept = diff.digest ?? '';
      const target = { target: 'generation', generation: 2, accept };
      const { refusals } = await refusedPlan(stack(), { arguments: target });
      expect(refusals.map(({ reason, partition }) => [reason, partition])).toEqual([
        ['verdicts_differ', 2],
      ]);
    });

    it('hold from their place on, and old verdicts stay whatever is built anew', async () => {
      const world = await opened();
      await world.deploy(TWO_RULES);
      const { stack } = world;
      const runIds: string[] = [];
      for (let partition = 0; partition < PARTITIONS; partition++) {
        runIds.push(await world.writeRun(partition, 2, DISPUTED));
      }
      const [runId = ''] = runIds;
      const tell = (key: string) =>
        stack().post(`/runs/${runId}/events`, { event_type: DISPUTED, idempotency_key: key });
      const first = await tell('before');
      expect(first.status).toBe(201);

      const change = { verb: 'change-rules', arguments: { target: 'rules', decider: 2 } };
      const plan = await dryRun(stack(), change);
      expect(plan.rules).toMatchObject({ decider: 2 });
      expect(plan.records).toBe(PARTITIONS);
      expect(plan.partitions.map(({ from, to }) => from === to)).toEqual(
        Array(PARTITIONS).fill(true),
      );
      const done = await carriedOut(stack(), change);
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(done.result.records).toBe(PARTITIONS);
      const again = await refusedPlan(stack(), change);
      expect(again.refusals[0]).toMatchObject({ reason: 'rules_in_force', in_force: 2 });
      expect(again.detail).toContain('there is nothing to change');
      const older = await refusedPlan(stack(), {
        verb: 'change-rules',
        arguments: { target: 'rules', decider: 1 },
      });
      expect(older.refusals[0]).toMatchObject({ reason: 'older_rules', in_force: 2 });

      const refused = await tell('after');
      expect([refused.status, refused.body.code]).toEqual([409, 'invalid_transition']);
      const before = await world.seen(runIds);
      const holds = async (): Promise<void> => {
        const repeated = await tell('before');
        expect([repeated.status, repeated.body.seq]).toEqual([201, first.body.seq]);
        expect((await tell('after')).status).toBe(409);
        expect(await world.seen(runIds)).toEqual(before);
        const [runs] = (await stack().get('/projectors')).body.projectors;
        const inForce = runs?.partitions.map((one) => [one.decider_version, one.rules_from]);
        expect(inForce).toEqual(plan.partitions.map(({ from }) => [2, from]));
      };
      await holds();
      await carriedOut(stack(), { verb: 'rewind', arguments: { target: 'to-earliest' } });
      await holds();
      expect(await swapToNew(stack())).toBe(2);
      await holds();
      await world.deploy(TWO_RULES, createMemoryViewStore());
      await holds();
    });
  });
}
