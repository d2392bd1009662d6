import type { JsonValue } from '@refold/contracts';
import type { ProblemBody } from './refold-problem.js';

/** What begins a run. Without `run_id` the server derives one from the key of the call. */
export interface NewRun {
  run_id?: string;
  worker_id?: string;
  metadata?: JsonValue;
  owner_user_id?: number;
  owner_guest_scope?: string;
  tenant?: string;
  title?: string;
  labels?: Record<string, string>;
}

/** An event on its way to a run. */
export interface NewEvent {
  event_type: string;
  payload?: JsonValue;
  idempotency_key?: string;
  /** The sequence number the caller believes is the last one; otherwise the event is refused. */
  expected_previous_seq?: number;
}

/** A run as the read model has it. */
export interface Run {
  id: string;
  worker_id: string | null;
  status: string;
  metadata: JsonValue;
  last_seq: number;
  event_count: number;
  created_at: string;
  updated_at: string;
  [member: string]: JsonValue;
}

/** An accepted event as the timeline has it. */
export interface RunEvent {
  seq: number;
  event_type: string;
  payload: JsonValue;
  idempotency_key: string | null;
  recorded_at: string;
  partition: number;
  offset: number;
}

/** A claim that was decided: accepted now, or earlier under the same key. */
export interface Decided {
  verdict: 'accepted';
  seq: number;
  /** True: the key was used before, and this is what was said then. */
  idempotent_replay: boolean;
  position: string;
}

/** A claim that is safely on the log and not yet decided. Ask for its receipt. */
export interface Pending {
  verdict: 'pending';
  receipt: string;
}

/** What came of one claim; a refusal is thrown as a problem instead. */
export type Outcome = Decided | Pending;

/** What came of a claim that begins or changes a run. */
export type RunOutcome = (Decided & { run: Run }) | (Pending & { run_id: string });

/** What came of one line of a batch, in the order of the lines. */
export type LineResult = { line: number; status: number } & (
  | (Decided & { problem?: undefined })
  | (Pending & { problem?: undefined })
  | { verdict?: undefined; problem: ProblemBody }
);

/** What came of a batch. */
export interface BatchOutcome {
  run_id: string;
  results: LineResult[];
  position: string | null;
}

/** What became of a claim that was pending. */
export type Receipt =
  | Decided
  | Pending
  | { verdict: 'rejected'; problem: ProblemBody }
  | { verdict: 'parked' | 'dead_letter'; [member: string]: JsonValue };

/** A worker as the read model has it, and whether it is alive. */
export interface Worker {
  worker: {
    worker_id: string;
    owner: { user_id: number | null; guest_scope: string | null };
    workspace_ref: string | null;
    codex_home_ref: string | null;
    adapter: string;
    status: string;
    latest_seq: number;
    metadata: JsonValue;
    started_at: string | null;
    stopped_at: string | null;
    last_heartbeat_at: string | null;
    updated_at: string;
  };
  liveness: {
    heartbeat_age_ms: number | null;
    heartbeat_stale_after_ms: number;
    heartbeat_state: string;
  };
}

/** Who a worker belongs to: exactly one of the two. */
export interface WorkerOwner {
  owner_user_id?: number;
  owner_guest_scope?: string;
}

/** What registers a worker, or registers it again. */
export interface NewWorker extends WorkerOwner {
  worker_id?: string;
  workspace_ref?: string;
  codex_home_ref?: string;
  adapter?: string;
  metadata?: JsonValue;
}

/** How far one partition of a projection is. */
export interface PartitionProgress {
  partition: number;
  checkpoint: number | null;
  end: number;
  lag_events: number;
  lag_seconds: number | null;
  [member: string]: JsonValue;
}

/** How far a projection is. */
export interface Projector {
  projection: string;
  topic: string;
  partitions: PartitionProgress[];
  [member: string]: JsonValue;
}
