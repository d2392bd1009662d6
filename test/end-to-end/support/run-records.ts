import { createHash } from 'node:crypto';
import type {
  CheckpointReply,
  ReplayLine,
  RunReceiptReply,
  RunSummaryReply,
} from '@refold/contracts';
import { read } from './api.js';
import type { ReadRun } from './run-snapshot.js';

/** JSON with sorted members, written here again so that it shares nothing with the product's. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  const members = value as Record<string, unknown>;
  return `{${names.map((name) => `${JSON.stringify(name)}:${sorted(members[name])}`).join()}}`;
}

const named = (value: unknown): string =>
  `sha256:${createHash('sha256').update(sorted(value)).digest('hex')}`;

/** The routes that summarize one run. */
export interface RunRecords {
  receipt: Partial<RunReceiptReply>;
  summary: Partial<RunSummaryReply['summary']>;
  checkpoint: Partial<CheckpointReply['checkpoint']>;
  replay: readonly Partial<ReplayLine>[];
}

/** What they must say of a run, worked out from its events alone. */
export function expectedRecords({ run, events }: ReadRun): RunRecords {
  const trajectory = events.map(({ partition: _p, offset: _o, late: _l, ...event }) => event);
  const stand = { status: run.status, last_seq: events.length, event_count: events.length };
  const { id, created_at: createdAt, updated_at: updatedAt } = run;
  const bundle = { policy_bundle_id: 'runtime.default' };
  const won = run.status === 'succeeded';
  return {
    receipt: {
      session_id: id,
      trajectory_hash: named(trajectory),
      ...bundle,
      created_at: createdAt,
      event_count: events.length,
      first_seq: 1,
      last_seq: events.length,
    },
    summary: { run_id: id, ...stand, projection_hash: named({ run_id: id, ...stand }) },
    checkpoint: {
      topic: `run:${id}:events`,
      last_seq: events.length,
      last_event_type: events.at(-1)?.event_type ?? null,
      updated_at: updatedAt,
    },
    replay: [
      { type: 'ReplayHeader', replay_version: 1, producer: 'refold', created_at: createdAt },
      { type: 'SessionStart', ts: createdAt, session_id: id, ...bundle },
      ...events.map((event) => ({
        type: 'RuntimeEvent' as const,
        ts: event.recorded_at,
        session_id: id,
        seq: event.seq,
        runtime_event_type: event.event_type,
        payload_hash: named(event.payload),
        payload: event.payload,
      })),
      {
        type: 'SessionEnd',
        ts: updatedAt,
        session_id: id,
        status: won ? 'success' : 'failure',
        confidence: won ? 1 : 0,
        total_tool_calls: events.filter(({ event_type: type }) => type === 'tool.call').length,
      },
    ],
  };
}

async function replayOf(url: string, runId: string): Promise<ReplayLine[]> {
  const reply = await fetch(`${url}/internal/v1/runs/${runId}/replay`);
  const lines = (await reply.text()).split('\n');
  if (reply.status !== 200 || lines.pop() !== '') throw new Error(`${runId}: no whole replay`);
  return lines.map((line) => JSON.parse(line) as ReplayLine);
}

/** What they say. */
export async function recordsOfRun(url: string, runId: string): Promise<RunRecords> {
  const receipt = await read<RunReceiptReply>(url, `/runs/${runId}/receipt`);
  const summary = await read<RunSummaryReply>(url, `/projectors/run-summary/${runId}`);
  const checkpoint = await read<CheckpointReply>(url, `/projectors/checkpoints/${runId}`);
  return {
    receipt: receipt.body,
    summary: summary.body.summary,
    checkpoint: checkpoint.body.checkpoint,
    replay: await replayOf(url, runId),
  };
}
