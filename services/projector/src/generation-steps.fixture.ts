import { encodeEnvelope, partitionOf, type OperationPlanned } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import {
  generationOf,
  noWrites,
  PartitionProjector,
  readPointer,
  slotOf,
  type Projection,
} from '@refold/pipeline';
import { machineTiming } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { generationStep } from './generation-steps.js';

export const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 2,
  generation: 1,
};

/** Two partitions in memory, folded as a test says, and operations on their generations. */
export async function open() {
  const log = createMemoryEventLog({ clock: () => 1_000 });
  await log.ensureTopics([{ name: 't', partitions: 2 }]);
  const store = createMemoryViewStore();
  let ids = 0;
  const ports = { store, log, commitId: () => `c${ids++}` };
  const write = (partition: number, runs: number): void => {
    for (let n = 0, written = 0; written < runs; n++) {
      const key = `r${ids}-${n}`;
      if (partitionOf(key, 2) !== partition) continue;
      written += 1;
      const fields = { id: `e${ids++}`, source: 's', type: 'run.started', data: null };
      const value = encodeEnvelope({ ...fields, subject: `run/${key}` });
      log.appendForeign('t', partition, { key, value });
    }
  };
  const fold = async (generation: number, partition: number): Promise<void> => {
    const owner = new PartitionProjector(
      {
        ...{ log, store, timing: machineTiming, rulebook: RULEBOOK, commitId: ports.commitId },
        committed: () => undefined,
        mirror: async () => [],
        trouble: () => undefined,
      },
      generationOf(PROJECTION, generation),
      partition,
    );
    let next = await owner.position();
    for (let end = -1; next !== end;) {
      const batch = await log.read('t', partition, next);
      end = batch.end;
      next = await owner.handle(batch);
    }
  };
  write(0, 3);
  write(1, 2);
  await fold(1, 0);
  await fold(1, 1);
  const planned = (verb: string, generation: number): OperationPlanned => ({
    verb,
    projection: 'runs',
    plan: {
      ...{ records: 5, streams: 5, bytes: 500, generation: 1 },
      partitions: [0, 1].map((partition) => ({
        ...{ partition, from: 0, to: 3 - partition, read_from: 0 },
        ...{ records: 3 - partition, read_records: 3 - partition, bytes: 250, generation: 1 },
      })),
      generations: { generation, views: 'run@1' },
    },
    approval: 'not_required',
  });
  const step = async (operation: string, verb: string, generation: number, isCanceling = false) => {
    const plan = planned(verb, generation);
    const asked = { operation, projection: PROJECTION, planned: plan, isCanceling };
    const ended = await generationStep(ports, asked);
    return ended.map(({ partition, outcome, streams, error }) =>
      error === undefined ? [partition, outcome, streams] : [partition, outcome, error],
    );
  };
  const pointer = () => readPointer(store, PROJECTION);
  const stateOf = async (generation: number) =>
    (await pointer()).generations.get(generation)?.state ?? null;
  const carries = async (partition: number, isOver: boolean): Promise<void> => {
    const slot = slotOf(generationOf(PROJECTION, 2), partition);
    const { checkpoint } = await store.read(slot, []);
    const writes = noWrites();
    const carried = { start: 0, streams: 0, views: [], copying: null, isOver };
    writes.set.push(['carried', JSON.stringify(carried)]);
    await store.commit(slot, checkpoint, checkpoint ?? '', writes, []);
  };
  return { log, ports, write, fold, carries, step, pointer, stateOf };
}
