import { encodeEnvelope, partitionOf, type JsonValue } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import {
  ProjectionReader,
  type OutgoingRecord,
  type Projection,
  type RefoldResult,
  type RefoldTask,
} from '@refold/pipeline';
import { createLogger } from '@refold/service';
import { installationOf, machineTiming } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore, foldLog } from '@refold/test-kit';
import { onTestFinished } from 'vitest';
import { endedOperations } from './ended-operations.js';
import { followOperations, type FollowPorts } from './follow-operations.js';

/** Where the operations of a test lie, of two partitions of them. */
export const onPartition = (partition: number, name: string): string => {
  for (let n = 0; ; n++) if (partitionOf(`${name}-${n}`, 2) === partition) return `${name}-${n}`;
};

/** What a skip leaves out. */
const CLAIM = { subject: 'run/r', offset: 0, source: 'test', id: 'e' };

/** Two partitions in memory, whose operations are followed; what owners are asked for is only noted. */
export async function openFollowed() {
  const { projections, specs } = installationOf('followed', 2);
  const { runs, workers, operations } = projections;
  let time = 1_000;
  const log = createMemoryEventLog({ clock: () => time++ });
  await log.ensureTopics(specs);
  const store = createMemoryViewStore();
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (text: string) => void lines.push(JSON.parse(text) as never),
  };
  const append = (operation: string, type: string, data: JsonValue = null): void => {
    const { topic, partitions } = operations;
    const fields = { id: type, source: 'test', type: `operation.${type}`, data };
    const value = encodeEnvelope({ ...fields, subject: `operation/${operation}` });
    log.appendForeign(topic, partitionOf(operation, partitions), { key: operation, value });
  };
  const plan = (
    operation: string,
    verb: string,
    projection: string,
    { partitions = [0], ...more }: { partitions?: number[]; generations?: JsonValue } = {},
  ): void =>
    append(operation, 'planned', {
      ...{ verb, projection, approval: 'not_required', arguments: { target: 'to-earliest' } },
      plan: {
        ...{ records: 0, streams: 0, bytes: 0, ...more },
        partitions: partitions.map((partition) => ({
          ...{ partition, from: 0, to: 0 },
          ...(verb === 'archive' ? { subjects: ['run/r'] } : {}),
          ...(verb === 'skip' ? { skip: CLAIM } : {}),
        })),
      },
    });
  const start = (operation: string): void => append(operation, 'started');
  const fold = (): Promise<void> => foldLog(log, store, operations);
  const asked: string[] = [];
  const canceled: string[] = [];
  /** What an owner answers; `taken` where a test says nothing. */
  const answers = new Map<string, 'busy'>();
  const projector = (projection: Projection): FollowPorts['projectors'][number] => ({
    projection,
    status: () =>
      [0, 1].map((partition) => ({
        ...{ partition, next: 0, end: 0, progressAt: null, stopped: null, refold: null },
        ...{ generation: 1, asides: [] },
      })),
    refold(partition: number, { operation }: RefoldTask) {
      asked.push(`${operation}/${partition}`);
      return answers.get(operation) ?? 'taken';
    },
    cancelRefold: (partition, operation) => void canceled.push(`${operation}/${partition}`),
    refuseRefold: async () => false,
    tellProgress: async () => undefined,
  });
  const published: OutgoingRecord[] = [];
  const ports: FollowPorts = {
    ...{ log, store, timing: machineTiming, nowMs: Date.now, rulebook: RULEBOOK, operations },
    commitId: () => `c${time++}`,
    hasEnded: endedOperations({ log, store, operations }),
    projectors: [projector(runs), projector(workers)],
    resets: { look: async () => undefined },
    publisher: {
      async publish(record) {
        published.push(record);
        const { topic, partition, key, value } = record;
        const offset = log.appendForeign(topic, partition, { key, value });
        return { kind: 'appended', offset, timestamp: 0 };
      },
    },
    logger: createLogger({ service: 'test', level: 'info', destination }),
  };
  /** From now on operations are followed, until the test ends. */
  const follow = async (more: Partial<FollowPorts> = {}) => {
    const followed = followOperations({ ...ports, ...more });
    await followed.start();
    onTestFinished(() => followed.stop());
    return followed;
  };
  const reader = new ProjectionReader(store, operations);
  /** How an operation stands, once everything is folded. */
  const stateOf = async (operation: string) => {
    await fold();
    const { document } = await reader.document('operation', operation);
    const { error } = (document?.views['operation'] ?? {}) as { error?: string };
    return { status: document?.state?.status, error };
  };
  const projected = { runs, workers, operations };
  const written = { log, store, append, plan, start, fold, lines, published, stateOf };
  return { ...projected, ...written, ports, asked, canceled, answers, projector, follow };
}

/** What an owner tells of a task in which nothing was done. */
export const resultOf = (
  operation: string,
  partition: number,
  outcome: RefoldResult['outcome'],
): RefoldResult => ({
  ...{ operation, partition, outcome, streams: 0, replaced: 0, records: 0, tailRecords: 0 },
  ...{ readRecords: 0, bytes: 0, readFrom: 0, to: 0, differences: [], drift: {} },
  ...{ differing: 0, unrebuildable: 0, unrebuildableStreams: [] },
});
