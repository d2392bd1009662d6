import { ProblemError, type ProjectorsReply } from '@refold/contracts';
import { groupOf, type Checkpoint, type EventLog, type Projection } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, timeText } from '@refold/serving';
import type { Reads, Served } from '../reads.js';

type PartitionReply = ProjectorsReply['projectors'][number]['partitions'][number];

/** Age in seconds of the oldest record that is not folded; 0 without lag. */
async function lagSeconds(
  log: EventLog,
  topic: string,
  partition: number,
  range: { next: number; end: number },
  nowMs: number,
): Promise<number> {
  if (range.next >= range.end) return 0;
  const { records } = await answered(log.read(topic, partition, range.next, 1));
  const oldest = records[0]?.timestamp ?? nowMs;
  return Math.max(0, nowMs - oldest) / 1_000;
}

/** @throws ProblemError log_unavailable while the log does not answer. */
async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProblemError('log_unavailable', { detail: `The log does not answer: ${why}`, cause });
  }
}

const versionsOf = (checkpoint: Checkpoint | null): Partial<PartitionReply> =>
  checkpoint === null
    ? {}
    : {
        role: checkpoint.role,
        decider_version: checkpoint.decider,
        views: checkpoint.views,
        as_of: checkpoint.time === 0 ? null : timeText(checkpoint.time),
      };

async function partitionReply(
  reads: Reads,
  { reader }: Served,
  partition: number,
): Promise<PartitionReply> {
  const { topic } = reader.projection;
  const checkpoint = await reader.checkpoint(partition);
  const { start, end } = await answered(reads.log.range(topic, partition));
  const next = Math.max(checkpoint?.next ?? 0, start);
  return {
    partition,
    checkpoint: checkpoint?.next ?? null,
    end,
    lag_events: Math.max(0, end - next),
    lag_seconds: await lagSeconds(reads.log, topic, partition, { next, end }, reads.nowMs()),
    ...versionsOf(checkpoint),
  };
}

const projectorReply = async (reads: Reads, served: Served, projection: Projection) => ({
  projection: projection.name,
  topic: projection.topic,
  group: groupOf(projection),
  generation: projection.generation,
  partitions: await Promise.all(
    Array.from({ length: projection.partitions }, (_, partition) =>
      partitionReply(reads, served, partition),
    ),
  ),
});

/** `GET /internal/v1/projectors`: how far every projection is. */
export function projectorsRoute(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/projectors`, async (_call, reply) => {
    const served = Object.values(reads.served);
    const projectors = await Promise.all(
      served.map((one) => projectorReply(reads, one, one.reader.projection)),
    );
    const body: ProjectorsReply = { projectors };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
