import type { ProjectorsReply } from '@refold/contracts';
import {
  groupOf,
  type Checkpoint,
  type EventLog,
  type Projection,
  type RulesHistory,
} from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, timeText } from '@refold/serving';
import type { Reads, Served } from '../reads.js';

type PartitionReply = ProjectorsReply['projectors'][number]['partitions'][number];

type LagReply = Pick<PartitionReply, 'end' | 'lag_events' | 'lag_seconds' | 'reason'>;

/** Age in seconds of the oldest record that is not folded; 0 without lag. */
async function lagSeconds(
  log: EventLog,
  topic: string,
  partition: number,
  range: { next: number; end: number },
  nowMs: number,
): Promise<number> {
  if (range.next >= range.end) return 0;
  const { records } = await log.read(topic, partition, range.next, 1);
  const oldest = records[0]?.timestamp ?? nowMs;
  return Math.max(0, nowMs - oldest) / 1_000;
}

/**
 * What is not folded yet; while the log does not answer, why nobody knows. `away`: the answer to a
 * ping, whose wait is bounded to a second, so that no partition is asked for in vain.
 */
async function lagReply(
  reads: Reads,
  away: string | null,
  topic: string,
  partition: number,
  folded: number,
): Promise<LagReply> {
  const { log } = reads;
  try {
    if (away !== null) throw new Error(away);
    const { start, end } = await log.range(topic, partition);
    const next = Math.max(folded, start);
    return {
      end,
      lag_events: Math.max(0, end - next),
      lag_seconds: await lagSeconds(log, topic, partition, { next, end }, reads.nowMs()),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `the log does not answer: ${why}`;
    return { end: null, lag_events: null, lag_seconds: null, reason };
  }
}

const versionsOf = (checkpoint: Checkpoint | null, rules: RulesHistory): Partial<PartitionReply> =>
  checkpoint === null
    ? {}
    : {
        role: checkpoint.role,
        decider_version: checkpoint.decider,
        rules_from: rules.find(([, decider]) => decider === checkpoint.decider)?.[0] ?? 0,
        views: checkpoint.views,
        as_of: checkpoint.time === 0 ? null : timeText(checkpoint.time),
      };

async function partitionReply(
  reads: Reads,
  { reader }: Served,
  partition: number,
  away: string | null,
): Promise<PartitionReply> {
  const { topic } = reader.projection;
  const { generation, checkpoint, rules } = await reader.rawCheckpoint(partition);
  return {
    partition,
    generation,
    checkpoint: checkpoint?.next ?? null,
    ...(await lagReply(reads, away, topic, partition, checkpoint?.next ?? 0)),
    ...versionsOf(checkpoint, rules),
  };
}

async function projectorReply(
  reads: Reads,
  served: Served,
  projection: Projection,
  away: string | null,
): Promise<ProjectorsReply['projectors'][number]> {
  const partitions = await Promise.all(
    Array.from({ length: projection.partitions }, (_, partition) =>
      partitionReply(reads, served, partition, away),
    ),
  );
  return {
    projection: projection.name,
    topic: projection.topic,
    group: groupOf(projection),
    generation: Math.max(...partitions.map(({ generation }) => generation)),
    partitions,
  };
}

/**
 * `GET /internal/v1/projectors`: how far every projection is, also while a read model is rebuilt or
 * the log is away: that is when it is asked for.
 */
export function projectorsRoute(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/projectors`, async (_call, reply) => {
    const served = Object.values(reads.served);
    const away = await reads.log.ping();
    const projectors = await Promise.all(
      served.map((one) => projectorReply(reads, one, one.reader.projection, away)),
    );
    const body: ProjectorsReply = { projectors };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
