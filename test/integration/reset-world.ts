import { encodeEnvelope, type OperationReply } from '@refold/contracts';
import {
  decodeCheckpoint,
  groupOf,
  ProjectionReader,
  slotOf,
  type GroupOffset,
  type ViewStore,
} from '@refold/pipeline';
import { createMemoryViewStore, foldLog } from '@refold/test-kit';
import { expect, onTestFinished, vi } from 'vitest';
import type { OpenPorts } from './http-stack.js';
import { ANN, openOperators, PARTITIONS, type OperatorWorld } from './operator-fixture.js';
import { idOn } from './operator-plans.js';

export const WAIT = { timeout: 30_000, interval: 50 };

/** Puts an offset without our tag into the group of runs, which has no members. */
export type ResetGroup = (
  world: OperatorWorld,
  partition: number,
  offset: number,
) => Promise<void> | void;

/** A world with one run of three events on each partition, folded by a process that is gone. */
export interface ResetWorld extends OperatorWorld {
  runIds: string[];
  committed(partition: number): Promise<GroupOffset | null>;
  /** Rewinds that somebody planned, newest first. */
  rewinds(): Promise<OperationReply[]>;
  /** Waits until there are so many rewinds, and all of them have ended. */
  ended(count: number): Promise<OperationReply[]>;
  /** Waits until the group stands at the end of a partition and keeps no note. */
  settled(partition: number, next: number): Promise<void>;
  /** Puts events behind a run's, past every door. */
  append(partition: number, count: number): Promise<void>;
  /** Waits until a partition is folded up to its end. */
  folded(partition: number): Promise<void>;
  /** What a reader sees of all runs, in this store or in another one. */
  seen(store?: ViewStore): Promise<unknown[]>;
  /** The same of the log alone. */
  seenFresh(): Promise<unknown[]>;
}

export async function openResets(
  open: OpenPorts,
  approval: 'required' | 'not_required' = 'not_required',
): Promise<ResetWorld> {
  const world = await openOperators(open, approval);
  onTestFinished(() => world.close());
  const { runs } = world.installation.projections;
  const folding = await world.foldRuns();
  const runIds: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const runId = idOn(partition, PARTITIONS);
    runIds.push(runId);
    await world.ask(ANN, '/runs', { run_id: runId });
    for (let n = 0; n < 2; n++) {
      await world.ask(ANN, `/runs/${runId}/events`, { event_type: 'run.delta' });
    }
  }
  await folding.stop();
  let appended = 0;

  const seen = async (store: ViewStore = world.store): Promise<unknown[]> => {
    const reader = new ProjectionReader(store, runs);
    return Promise.all(
      runIds.map(async (runId) => {
        const { document, events, rebuilding } = await reader.timeline('run', runId, 0, 1_000);
        return { ...document, incarnation: null, events, rebuilding };
      }),
    );
  };
  const committed = async (partition: number) =>
    (await world.log.committed(groupOf(runs), runs.topic)).get(partition) ?? null;
  const rewinds = async (): Promise<OperationReply[]> => {
    const { body } = await world.ask(ANN, '/operations?verb=rewind', undefined, 'GET');
    return (body as unknown as { operations: OperationReply[] }).operations;
  };

  return {
    ...world,
    runIds,
    committed,
    rewinds,
    ended: (count) =>
      vi.waitFor(async () => {
        const operations = await rewinds();
        expect(operations.map(({ status }) => status)).toEqual(Array(count).fill('done'));
        return operations;
      }, WAIT),
    settled: (partition, next) =>
      vi.waitFor(async () => {
        expect(await committed(partition)).toEqual({ offset: next, metadata: 'refold/1' });
      }, WAIT),
    async append(partition, count) {
      const lane = await world.log.openLane(await world.log.laneOf(runs.topic, partition));
      const key = runIds[partition] ?? '';
      const records = Array.from({ length: count }, () => {
        const envelope = { source: 'test', type: 'run.delta', subject: `run/${key}`, data: null };
        const value = encodeEnvelope({ id: `e${appended++}`, ...envelope });
        return { topic: runs.topic, partition, key, value };
      });
      await lane.send(records);
      await lane.close();
    },
    folded: (partition) =>
      vi.waitFor(async () => {
        const { checkpoint } = await world.store.read(slotOf(runs, partition), []);
        const { end } = await world.log.range(runs.topic, partition);
        expect(decodeCheckpoint(checkpoint ?? '').next).toBe(end);
      }, WAIT),
    seen,
    async seenFresh() {
      const store = createMemoryViewStore();
      await foldLog(world.log, store, runs);
      return seen(store);
    },
  };
}
