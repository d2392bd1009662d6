import type { EventLog } from '@refold/pipeline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ANN, BOB, openOperators, PARTITIONS, type OperatorWorld } from './operator-fixture.js';
import type { OpenPorts } from './http-stack.js';
import { idOn } from './operator-plans.js';

const REWIND = { verb: 'rewind', projection: 'runs', arguments: { target: 'to-earliest' } };

/**
 * A log of which the beginning of one partition cannot be read: what was folded is still verified, and nothing
 * refolded. @param passes How often it can be read before.
 */
export function withoutBeginning(
  log: EventLog,
  topicEnd: string,
  partition: number,
  passes = 0,
): EventLog {
  let left = passes;
  const never = new Promise<never>(() => undefined);
  return new Proxy(log, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'read') return member.bind(target) as unknown;
      return (...given: Parameters<EventLog['read']>) =>
        given[0].endsWith(topicEnd) && given[1] === partition && given[2] === 0 && left-- <= 0
          ? never
          : target.read(...given);
    },
  });
}

/** What happens when several operate, and processes come and go; on any backend. */
export function resumeTests(open: OpenPorts): void {
  describe('with processes that come and go', () => {
    /** A world with one run of three events on each partition, folded by a process that is gone. */
    async function opened(
      approval: 'required' | 'not_required' = 'not_required',
    ): Promise<OperatorWorld> {
      const world = await openOperators(open, approval);
      onTestFinished(() => world.close());
      const folding = await world.foldRuns();
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const runId = idOn(partition, PARTITIONS);
        await world.ask(ANN, '/runs', { run_id: runId });
        for (let n = 0; n < 2; n++) {
          await world.ask(ANN, `/runs/${runId}/events`, { event_type: 'run.delta' });
        }
      }
      await folding.stop();
      return world;
    }

    const started = async (world: OperatorWorld, asked: object = REWIND): Promise<string> => {
      const { status, body } = await world.ask(ANN, '/operations', asked);
      expect([status, body.code]).toEqual([201, undefined]);
      const execute = await world.ask(ANN, `/operations/${body.operation_id}/execute`);
      expect([execute.status, execute.body.status]).toEqual([200, 'running']);
      return body.operation_id;
    };

    it('an operation waits for a process, and is carried out by the one that comes', async () => {
      const world = await opened();
      const id = await started(world);
      await world.foldRuns();
      const done = await world.until(id, ({ status }) => expect(status).toBe('done'));
      expect(done.result).toMatchObject({ records: 12, streams: 4, replaced: 4 });
    });

    it('one that was done in part is ended by another process, and no part is done twice', async () => {
      const world = await opened();
      const id = await started(world);
      const first = await world.foldRuns(withoutBeginning(world.log, '.runs', 2));
      await world.until(id, ({ finished_partitions: finished }) =>
        expect([...finished].sort()).toEqual([0, 1, 3]),
      );
      await first.stop();
      expect((await world.until(id, () => undefined)).status).toBe('running');
      await world.foldRuns();
      const done = await world.until(id, ({ status }) => expect(status).toBe('done'));
      expect(done.result).toMatchObject({ records: 12, streams: 4, replaced: 4 });
      expect(done.finished_partitions).toHaveLength(PARTITIONS);
    });

    it('a throttled one tells how far it is, and ends when it is canceled', async () => {
      const world = await opened();
      const id = await started(world, { ...REWIND, share: 0.000_001, partitions: [1, 2] });
      await world.foldRuns();
      const running = await world.until(id, ({ progress }) =>
        expect(progress?.partitions.map(({ phase }) => phase)).not.toContain(null),
      );
      expect(running.plan.share).toBe(0.000_001);
      expect(running.progress?.partitions).toMatchObject([
        { partition: 1, trouble: null },
        { partition: 2, trouble: null },
      ]);
      expect(running.progress?.done).toBeLessThan(1);
      await world.ask(BOB, `/operations/${id}/cancel`, {});
      const over = await world.until(id, ({ status }) => expect(status).toBe('canceled'));
      expect(over.progress).toBeNull();
    });

    it('one that is canceled half-way ends so, and says what was replaced', async () => {
      const world = await opened();
      const id = await started(world);
      const folding = await world.foldRuns(withoutBeginning(world.log, '.runs', 2));
      await world.until(id, ({ finished_partitions: finished }) =>
        expect(finished).toHaveLength(3),
      );
      await world.ask(BOB, `/operations/${id}/cancel`, { reason: 'it takes too long' });
      await folding.stop();
      await world.foldRuns();
      const over = await world.until(id, ({ status }) =>
        expect(['canceled', 'done']).toContain(status),
      );
      expect(over).toMatchObject({
        status: 'canceled',
        canceled_partitions: 1,
        cancel_requested_by: 'sub:bob',
        result: { replaced: 3 },
      });
    });

    it('two on the same partitions do not run at once, on others they do', async () => {
      const world = await opened();
      const running = await started(world, { ...REWIND, partitions: [0, 1] });
      const { body: second } = await world.ask(ANN, '/operations', {
        ...REWIND,
        partitions: [1, 2],
      });
      const refused = await world.ask(ANN, `/operations/${second.operation_id}/execute`);
      expect([refused.status, refused.body.code]).toEqual([409, 'operation_in_progress']);
      expect(refused.body.running_operation_id).toBe(running);
      await started(world, { ...REWIND, partitions: [3] });
      await world.foldRuns();
      await world.until(running, ({ status }) => expect(status).toBe('done'));
      const now = await world.ask(ANN, `/operations/${second.operation_id}/execute`);
      expect(now.status).toBe(200);
    });

    it('where approval is required, only a second principal gives it', async () => {
      const world = await opened('required');
      const { body: planned } = await world.ask(ANN, '/operations', REWIND);
      expect(planned).toMatchObject({ status: 'awaiting_approval', planned_by: 'sub:ann' });
      const path = `/operations/${planned.operation_id}`;
      const early = await world.ask(ANN, `${path}/execute`);
      expect([early.status, early.body.code]).toEqual([409, 'invalid_transition']);
      const own = await world.ask(ANN, `${path}/approve`);
      expect([own.status, own.body.transition]).toEqual([409, 'approve_own_plan']);
      const approved = await world.ask(BOB, `${path}/approve`);
      expect([approved.status, approved.body.approved_by]).toEqual([200, 'sub:bob']);
      expect((await world.ask(ANN, `${path}/execute`)).status).toBe(200);
    });

    it('a bound credential has none of it', async () => {
      const world = await opened();
      const bound = { ...ANN, refold_owner: 'user:7' };
      for (const [path, method] of [
        ['/operations', 'GET'],
        ['/operations/x', 'GET'],
        ['/operations/x/execute', 'POST'],
        ['/operations/x/cancel', 'POST'],
        ['/operations', 'POST'],
      ] as const) {
        const body = method === 'POST' ? REWIND : undefined;
        const { status, body: problem } = await world.ask(bound, path, body, method);
        expect([path, status, problem.code]).toEqual([path, 403, 'outside_binding']);
      }
      const reader = { sub: 'eve', scope: 'read' };
      expect((await world.ask(reader, '/operations', undefined, 'GET')).status).toBe(200);
      expect((await world.ask(reader, '/operations', REWIND)).status).toBe(403);
    });
  });
}
