import { z } from 'zod';
import { count, jsonValue, timeText } from './members.js';

/** The first line: what this text is. */
export const replayHeader = z.object({
  type: z.literal('ReplayHeader'),
  replay_version: z.literal(1),
  producer: z.string(),
  created_at: timeText,
});

/** The second line: the run begins. */
export const replaySessionStart = z.object({
  type: z.literal('SessionStart'),
  ts: timeText,
  session_id: z.string(),
  policy_bundle_id: z.string(),
});

/** One event, in the order of `seq`. */
export const replayRuntimeEvent = z.object({
  type: z.literal('RuntimeEvent'),
  ts: timeText,
  session_id: z.string(),
  seq: z.int().min(1),
  runtime_event_type: z.string(),
  payload_hash: z.string(),
  payload: jsonValue,
});

/** The last line: how the run ended, see {@link replayEndOf}. */
export const replaySessionEnd = z.object({
  type: z.literal('SessionEnd'),
  ts: timeText,
  session_id: z.string(),
  status: z.enum(['success', 'failure', 'cancelled']),
  confidence: z.number().min(0).max(1),
  total_tool_calls: count,
});

/** One line of `GET /internal/v1/runs/:run_id/replay`, `application/x-ndjson`, in this order. */
export const replayLine = z.discriminatedUnion('type', [
  replayHeader,
  replaySessionStart,
  replayRuntimeEvent,
  replaySessionEnd,
]);
export type ReplayLine = z.infer<typeof replayLine>;

/** How a run that has this status ends in a replay; a run still open counts as half a success. */
export function replayEndOf(status: string): {
  status: z.infer<typeof replaySessionEnd>['status'];
  confidence: number;
} {
  switch (status) {
    case 'succeeded':
      return { status: 'success', confidence: 1 };
    case 'failed':
      return { status: 'failure', confidence: 0 };
    case 'canceled':
      return { status: 'cancelled', confidence: 0 };
    default:
      return { status: 'success', confidence: 0.5 };
  }
}
