import type { DiffReply, GenerationsReply } from '@refold/contracts';
import { createGeneration } from '@refold/pipeline';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { NEW_BUILD, OLD_BUILD } from './generation-world.js';
import type { OpenPorts } from './http-stack.js';
import { ANN, BOB, openOperators, PARTITIONS, type OperatorWorld } from './operator-fixture.js';
import { idOn } from './operator-plans.js';

const WAIT = { timeout: 60_000, interval: 50 };

const REPROJECT = {
  verb: 'reproject',
  projection: 'runs',
  arguments: { target: 'new-generation' },
};

/** Generations while processes come and go; on any backend. */
export function takeoverTests(open: OpenPorts): void {
  describe('generations, with processes that come and go', () => {
    /** A world with a run of three events on each partition, of which nobody folds anything any more. */
    async function opened(): Promise<OperatorWorld> {
      const world = await openOperators(open, 'not_required', NEW_BUILD);
      onTestFinished(() => world.close());
      const folding = await world.foldRuns(world.log, OLD_BUILD);
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

    const started = async (world: OperatorWorld, asked: object): Promise<string> => {
      const { status, body } = await world.ask(ANN, '/operations', asked);
      expect([status, body.code]).toEqual([201, undefined]);
      const execute = await world.ask(ANN, `/operations/${body.operation_id}/execute`);
      expect([execute.status, execute.body.status]).toEqual([200, 'running']);
      return body.operation_id;
    };

    const read = async <Body>(world: OperatorWorld, path: string): Promise<Body> => {
      const { status, body } = await world.ask(ANN, `/projections/runs/${path}`, undefined, 'GET');
      expect(status).toBe(200);
      return body as unknown as Body;
    };

    const statesOf = async (world: OperatorWorld) => {
      const { generations } = await read<GenerationsReply>(world, 'generations');
      return generations.map(({ generation, state }) => `${generation} ${state}`);
    };

    const isDone = ({ status }: { status: string }): void => expect(status).toBe('done');

    it('a build that one process began is ended by another', async () => {
      const world = await opened();
      const id = await started(world, REPROJECT);
      const first = await world.foldRuns();
      await vi.waitFor(async () => expect(await statesOf(world)).toHaveLength(2), WAIT);
      await first.stop();
      await world.foldRuns();
      const done = await world.until(id, isDone);
      expect(done.result).toMatchObject({ records: 12, streams: 4 });
      expect(await statesOf(world)).toEqual(['1 live', '2 built']);
    });

    it('one that is begun is building until it has come to the live one', async () => {
      const world = await opened();
      const { store, installation } = world;
      const asked = { operation: 'o', views: 'run@2', share: 1 };
      const commitId = () => 'c';
      await createGeneration({ store, commitId }, installation.projections.runs, asked);
      expect(await statesOf(world)).toEqual(['1 live', '2 building']);
      await world.foldRuns();
      await vi.waitFor(
        async () => expect(await statesOf(world)).toEqual(['1 live', '2 built']),
        WAIT,
      );
    });

    it('one that is canceled leaves no generation', async () => {
      const world = await opened();
      const id = await started(world, REPROJECT);
      await world.ask(BOB, `/operations/${id}/cancel`, { reason: 'a mistake' });
      await world.foldRuns();
      const over = await world.until(id, ({ status }) => expect(status).toBe('canceled'));
      expect(over.canceled_partitions).toBe(PARTITIONS);
      await vi.waitFor(async () => expect(await statesOf(world)).toEqual(['1 live']), WAIT);
    });

    it('a swap waits for a process, and is made by the one that comes', async () => {
      const world = await opened();
      const first = await world.foldRuns();
      await world.until(await started(world, REPROJECT), isDone);
      const { digest } = await read<DiffReply>(world, 'generations/2/diff');
      const accept = digest ?? '';
      const target = { target: 'generation', generation: 2, accept };
      await first.stop();
      const swap = { verb: 'swap', projection: 'runs', arguments: target };
      const id = await started(world, swap);
      expect(await statesOf(world)).toEqual(['1 live', '2 built']);
      await world.foldRuns();
      await world.until(id, isDone);
      expect(await statesOf(world)).toEqual(['1 retired', '2 live']);
    });

    it('nothing else runs beside it on its partitions', async () => {
      const world = await opened();
      const running = await started(world, REPROJECT);
      const rewind = { verb: 'rewind', projection: 'runs', arguments: { target: 'to-earliest' } };
      const { body } = await world.ask(ANN, '/operations', { ...rewind, partitions: [1] });
      const refused = await world.ask(ANN, `/operations/${body.operation_id}/execute`);
      expect([refused.status, refused.body.code]).toEqual([409, 'operation_in_progress']);
      expect(refused.body.running_operation_id).toBe(running);
    });
  });
}
