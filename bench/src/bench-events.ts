import { encodeEnvelope, partitionOf } from '@refold/contracts';
import type { OutgoingRecord } from '@refold/pipeline';

/** Events per run of the load: `run.started`, messages and tool calls, `run.finished`. */
export const EVENTS_PER_RUN = 30;

/** Runs that are written side by side, as live traffic would: their events interleave on the log. */
const INTERLEAVED = 50;

const dataOf = (n: number): { type: string; data: Record<string, string> } => {
  if (n === 0) return { type: 'run.started', data: { source: 'bench', worker_id: 'worker-7' } };
  if (n === EVENTS_PER_RUN - 1) return { type: 'run.finished', data: { status: 'succeeded' } };
  if (n % 3 === 0) return { type: 'run.message', data: { role: 'assistant', content: text(n) } };
  return { type: 'tool.call', data: { tool_call_id: `call-${n}`, tool_name: 'search' } };
};

const text = (n: number): string =>
  `The step ${n} looked at the search results and decided to read the next page. `;

/** Record `n` of the load; about 250 bytes with its envelope. */
export function benchRecord(topic: string, n: number, partitions: number): OutgoingRecord {
  const block = Math.floor(n / (INTERLEAVED * EVENTS_PER_RUN));
  const within = n % (INTERLEAVED * EVENTS_PER_RUN);
  const runId = `run-${block * INTERLEAVED + (within % INTERLEAVED)}`;
  const { type, data } = dataOf(Math.floor(within / INTERLEAVED));
  const value = encodeEnvelope({
    id: `e${n}`,
    source: '/bench',
    type,
    subject: `run/${runId}`,
    data,
  });
  return { topic, partition: partitionOf(runId, partitions), key: runId, value };
}
