import { encodeEnvelope, partitionOf } from '@refold/contracts';
import type { OutgoingRecord } from '@refold/pipeline';
import { bodyOf } from './acked-writer.js';
import type { Installation } from './installation.js';

/** Records of one request to a broker. */
const BATCH = 1_000;

/** An event of a run as a producer writes it, by its place in the run. */
function recordOf(
  { runs: { topic, partitions } }: Installation,
  runId: string,
  n: number,
): OutgoingRecord {
  const { event_type: type, payload } = bodyOf(n, false) as { event_type: string; payload: object };
  const value = encodeEnvelope({
    id: `${runId}/${n}`,
    source: 'seed',
    subject: `run/${runId}`,
    ...(n === 0
      ? { type: 'run.started', data: { worker_id: 'w1' } }
      : { type, data: payload as Record<string, string> }),
  });
  return { topic, partition: partitionOf(runId, partitions), key: runId, value };
}

/**
 * Writes runs to the log as a producer does, one event of each run after the other, so that every run lasts from the
 * beginning of the log to its end. Returns their IDs.
 */
export async function seedRuns(
  installation: Installation,
  { runs, eventsPerRun }: { runs: number; eventsPerRun: number },
): Promise<string[]> {
  const { log, runs: projection } = installation;
  const runIds = Array.from({ length: runs }, (_, n) => `seed-${n}`);
  const lane = await log.openLane(await log.laneOf(projection.topic, 0));
  try {
    let batch: OutgoingRecord[] = [];
    for (let n = 0; n < eventsPerRun; n++) {
      for (const runId of runIds) {
        batch.push(recordOf(installation, runId, n));
        if (batch.length < BATCH) continue;
        await lane.send(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await lane.send(batch);
  } finally {
    await lane.close();
  }
  return runIds;
}
