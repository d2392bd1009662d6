import { partitionOf, type OperationWithPlanReply, type ProblemDocument } from '@refold/contracts';
import { createGeneration, ProjectionReader, slotOf } from '@refold/pipeline';
import { createMemoryViewStore, foldLog } from '@refold/test-kit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';
import { planned } from './operator-plans.js';
import { carriedOut, ended, operationOf } from './operator-runs.js';

/** Of the shared stack. */
const PARTITIONS = 4;

/** Runs that are over and take no event any more, over HTTP on any backend. */
export function archiveSuite(backend: string, open: OpenPorts): void {
  describe(`archived runs, on ${backend}`, () => {
    const stack = sharedStack(open);

    afterEach(() => {
      vi.restoreAllMocks();
    });

    const append = (runId: string, type: string, payload: unknown = null, key?: string) =>
      stack().post(
        `/runs/${runId}/events`,
        { event_type: type, payload },
        key === undefined ? {} : { 'idempotency-key': key },
      );

    /** A run of three events that is over. */
    async function over(name: string, runId = freshId(name)): Promise<string> {
      await stack().post('/runs', { run_id: runId });
      await append(runId, 'run.message', { role: 'user', content: name }, `${runId}-message`);
      await append(runId, 'run.finished', { status: 'succeeded' });
      return runId;
    }

    /** A new run of one partition. */
    function idOn(partition: number): string {
      for (;;) {
        const runId = freshId('on');
        if (partitionOf(runId, PARTITIONS) === partition) return runId;
      }
    }

    const asked = async (args: object, more: object = {}) => {
      const body = { verb: 'archive', projection: 'runs', arguments: args, ...more };
      const reply = await stack().post('/operations', body);
      const { refusals = [] } = JSON.parse(reply.text) as ProblemDocument;
      return [reply.status, refusals[0]?.reason ?? reply.body.errors?.[0]?.field];
    };

    it('take no event, answer retries as ever, and are read as before', async () => {
      const runId = await over('single');
      const done = await carriedOut(stack(), {
        verb: 'archive',
        arguments: { target: 'runs', run_ids: [runId] },
      });
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(done.plan).toMatchObject({ streams: 1, records: 1 });
      expect(done.plan.partitions[0]).toMatchObject({ subjects: [`run/${runId}`], held_events: 3 });
      expect(done.result).toMatchObject({ streams: 1, records: 1, refused: 0 });
      const { run } = (await stack().get(`/runs/${runId}?include=events`)).body;
      expect(run).toMatchObject({
        status: 'archived',
        last_seq: 4,
        last_event_type: 'run.archived',
        finished: { status: 'succeeded' },
        archived_at: expect.any(String) as string,
      });
      expect(run.events.at(-1)?.payload).toEqual({ operation_id: done.operation_id });
      for (const [type, payload] of [
        ['run.delta', null],
        ['run.started', null],
        ['run.archived', null],
        ['run.finished', { status: 'succeeded' }],
      ] as const) {
        const late = await append(runId, type, payload);
        expect([late.status, late.body.code]).toEqual([409, 'run_archived']);
      }
      expect((await stack().post('/runs', { run_id: runId })).body.code).toBe('run_archived');
      const again = await append(
        runId,
        'run.message',
        { role: 'user', content: 'single' },
        `${runId}-message`,
      );
      expect([again.status, again.body.verdict, again.body.seq]).toEqual([201, 'duplicate', 2]);
      const cancel = await stack().post(`/runs/${runId}/cancel`);
      expect([cancel.status, cancel.body.run]).toEqual([200, { id: runId, status: 'archived' }]);
      const listed = await stack().get('/runs?status=archived&limit=200');
      expect(listed.body.runs.map(({ id }) => id)).toContain(runId);
    });

    it('are only those that are over: whoever asks', async () => {
      const running = freshId('running');
      await stack().post('/runs', { run_id: running });
      const early = await append(running, 'run.archived');
      expect([early.status, early.body.code]).toEqual([409, 'invalid_transition']);
      const of = (...ids: string[]) => asked({ target: 'runs', run_ids: ids });
      expect(await of(running)).toEqual([409, 'not_over']);
      expect(await of(freshId('nobody'))).toEqual([409, 'not_found']);
      const own = await over('own');
      expect((await append(own, 'run.archived', { reason: 'done with it' })).status).toBe(201);
      expect(await of(own)).toEqual([409, 'archived']);
      const home = partitionOf(own, PARTITIONS);
      const elsewhere = { partitions: [(home + 1) % PARTITIONS] };
      expect(await asked({ target: 'runs', run_ids: [own] }, elsewhere)).toEqual([
        400,
        '/partitions',
      ]);
      expect(await asked({ target: 'runs', run_ids: [own] }, { share: 0.5 })).toEqual([
        400,
        '/share',
      ]);
      expect(await asked({ target: 'finished', before: 'yesterday' })).toEqual([
        400,
        '/arguments/before',
      ]);
      expect(
        await asked(
          { target: 'finished', before: '2026-01-01T00:00:00Z' },
          { projection: 'workers' },
        ),
      ).toEqual([400, '/projection']);
      expect(await asked({ target: 'to-earliest' })).toEqual([400, '/arguments/target']);
    });

    it('are chosen by when they ended, those that ended first first', async () => {
      const everything = {
        target: 'finished',
        before: new Date(Date.now() + 60_000).toISOString(),
      };
      await carriedOut(stack(), { verb: 'archive', arguments: everything });
      const ids: string[] = [];
      for (const name of ['first', 'second', 'third']) ids.push(await over(name));
      const [first, second, third] = ids;
      const args = { ...everything, limit: 2 };
      const done = await carriedOut(stack(), { verb: 'archive', arguments: args });
      expect(done.plan.partitions.flatMap(({ subjects = [] }) => subjects).sort()).toEqual(
        [`run/${first}`, `run/${second}`].sort(),
      );
      expect([done.plan.left_out, done.result.records]).toEqual([1, 2]);
      expect((await stack().get(`/runs/${third}`)).body.run.status).toBe('succeeded');
      const none = { target: 'finished', before: '2020-01-01T00:00:00Z' };
      const empty = await carriedOut(stack(), { verb: 'archive', arguments: none });
      expect([empty.status, empty.result.streams]).toEqual(['done', 0]);
    });

    it('are told apart where one was archived, or is gone on, since the plan was made', async () => {
      const [one, other] = [await over('one'), await over('other')];
      const args = { target: 'runs', run_ids: [one, other] };
      const first = await planned(stack(), { verb: 'archive', arguments: args });
      const second = await planned(stack(), { verb: 'archive', arguments: args });
      const ends: OperationWithPlanReply[] = [];
      for (const { operation_id: id } of [first, second]) {
        await stack().post(`/operations/${id}/execute`);
        ends.push(await ended(stack(), id));
      }
      for (const { status, result } of ends) {
        expect([status, result.records, result.refused]).toEqual(['done', 2, 0]);
      }
      const { run } = (await stack().get(`/runs/${one}`)).body;
      expect(run.last_seq).toBe(4);
    });

    it('are the same in a fresh fold of the log', async () => {
      const runId = await over('fresh');
      await carriedOut(stack(), {
        verb: 'archive',
        arguments: { target: 'runs', run_ids: [runId] },
      });
      await append(runId, 'run.delta');
      const projection = stack().installation.projections.runs;
      const fresh = createMemoryViewStore();
      await foldLog(stack().log, fresh, projection);
      const [now, then] = await Promise.all(
        [stack().store, fresh].map((store) =>
          new ProjectionReader(store, projection).timeline('run', runId, 0, 100),
        ),
      );
      expect(then?.document?.state).toEqual(now?.document?.state);
      expect(then?.document?.views).toEqual(now?.document?.views);
      expect(then?.events).toEqual(now?.events);
    });

    it('let the log be cut, which no stream that may be folded again notices', async () => {
      const { log, store, installation } = stack();
      const projection = installation.projections.runs;
      const everything = {
        target: 'finished',
        before: new Date(Date.now() + 60_000).toISOString(),
      };
      const running = freshId('still-running');
      const partitions = [partitionOf(running, PARTITIONS)];
      const [partition = 0] = partitions;
      const plan = async () =>
        (
          await planned(stack(), {
            verb: 'truncate',
            partitions,
            arguments: { target: 'log-head' },
          })
        ).plan.partitions[0];
      // Runs of the tests before that are not over would hold the log for ever.
      const { runs } = (await stack().get('/runs?limit=200')).body;
      for (const { id, status } of runs) {
        if (status === 'running') await append(id, 'run.finished', { status: 'failed' });
      }
      await over('before', idOn(partition));
      await carriedOut(stack(), { verb: 'archive', arguments: everything });
      await stack().post('/runs', { run_id: running });
      await append(running, 'run.message', { role: 'user', content: 'kept' });
      const young = await plan();
      expect(young).toMatchObject({ from: 0, to: 0, held_by: { reason: 'recent', offset: 0 } });
      const real = Date.now;
      vi.spyOn(Date, 'now').mockImplementation(() => real() + 26 * 60 * 60 * 1_000);
      const old = await plan();
      expect(old?.held_by).toMatchObject({ reason: 'stream', stream: `run/${running}` });
      const { to = 0, records = 0, streams = 0, held_by: hold } = old ?? {};
      expect([records, streams].every((count) => count > 0)).toBe(true);
      expect(to).toBeLessThanOrEqual(hold?.offset ?? 0);
      // With so little time it is still at it when somebody looks, and ends when it is told to.
      const slow = await planned(stack(), {
        ...{ verb: 'truncate', partitions, share: 0.000_1, arguments: { target: 'log-head' } },
      });
      await stack().post(`/operations/${slow.operation_id}/execute`);
      await expect
        .poll(async () => (await operationOf(stack(), slow.operation_id)).progress?.partitions)
        .toMatchObject([{ partition, phase: 'comparing', read_records: records, streams }]);
      await stack().post(`/operations/${slow.operation_id}/cancel`);
      const canceled = await ended(stack(), slow.operation_id);
      expect([canceled.status, canceled.result.records]).toEqual(['canceled', 0]);
      const done = await carriedOut(stack(), {
        verb: 'truncate',
        partitions,
        arguments: { target: 'log-head' },
      });
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(done.result).toMatchObject({ records, streams, read_records: done.plan.read_records });
      expect((await log.range(projection.topic, partition)).start).toBe(to);
      const again = await carriedOut(stack(), {
        verb: 'truncate',
        partitions,
        arguments: { target: 'log-head' },
      });
      expect([again.status, again.result.records]).toEqual(['done', 0]);
      expect((await append(running, 'run.delta')).body.seq).toBe(3);
      const fresh = createMemoryViewStore();
      await foldLog(log, fresh, projection);
      const [now, then] = await Promise.all(
        [store, fresh].map((one) =>
          new ProjectionReader(one, projection).timeline('run', running, 0, 100),
        ),
      );
      expect(then?.document?.state).toEqual(now?.document?.state);
      expect(then?.events).toEqual(now?.events);
      const evict = { verb: 'evict', partitions, arguments: { target: 'cut-off' } } as const;
      const { operation_id: id } = await planned(stack(), evict);
      const ports = { store, commitId: () => freshId('pointer') };
      const built = await createGeneration(ports, projection, {
        ...{ operation: freshId('build'), views: 'run@1', share: 1 },
      });
      const since = await stack().post(`/operations/${id}/execute`);
      const { refusals = [] } = JSON.parse(since.text) as ProblemDocument;
      expect([since.status, refusals[0]?.reason]).toEqual([409, 'other_generation']);
      const generation = built.kind === 'created' ? built.generation : 0;
      await carriedOut(stack(), { verb: 'drop', arguments: { target: 'generation', generation } });
      const evicted = await carriedOut(stack(), {
        verb: 'evict',
        partitions,
        arguments: { target: 'cut-off' },
      });
      expect([evicted.status, evicted.error]).toEqual(['done', null]);
      expect(evicted.plan.streams).toBeGreaterThan(0);
      const { streams: gone, read_records: read } = evicted.plan;
      expect(evicted.result).toMatchObject({ streams: gone, read_records: read });
      const counters = async (one: typeof store) => {
        const { results } = await one.read(slotOf(projection, partition), [
          { kind: 'fields', name: 'counters' },
        ]);
        return [...results[0]].sort();
      };
      expect(await counters(store)).toEqual(await counters(fresh));
    });
  });
}
