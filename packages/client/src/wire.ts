import type {
  AppendReply,
  JsonValue,
  Labels,
  PendingReply,
  WorkerStatus,
  WorkerWriteReply,
} from '@refold/contracts';

/** What begins a run. Without `run_id` the server derives one from the key of the call. */
export interface NewRun extends Owner {
  run_id?: string;
  worker_id?: string;
  metadata?: JsonValue;
  title?: string;
  labels?: Labels;
}

/** An event on its way to a run. */
export interface NewEvent {
  event_type: string;
  payload?: JsonValue;
  idempotency_key?: string;
  /** The sequence number the caller believes is the last one; otherwise the event is refused. */
  expected_previous_seq?: number;
  /** The version of the schema that the payload follows; 1 when absent. */
  schema_version?: number;
}

/** What came of a claim: decided, or stored and not decided yet. A refusal is thrown instead. */
export type RunOutcome = AppendReply | PendingReply;

/** What came of a claim about a worker. */
export type WorkerOutcome = WorkerWriteReply | PendingReply;

/** True for a claim that is stored and not decided yet: ask for its receipt later. */
export const isPending = (outcome: RunOutcome | WorkerOutcome): outcome is PendingReply =>
  outcome.verdict === 'pending' || outcome.verdict === 'parked';

/** Who something belongs to: a user or a guest, never both, within a tenant or outside of any. */
export interface Owner {
  tenant?: string | undefined;
  owner_user_id?: number | undefined;
  owner_guest_scope?: string | undefined;
}

/** What registers a worker, or registers it again. */
export interface NewWorker extends Owner {
  worker_id?: string;
  workspace_ref?: string;
  codex_home_ref?: string;
  adapter?: string;
  metadata?: JsonValue;
}

/** What tells that a worker is alive. */
export interface Heartbeat extends Owner {
  /** Merged into the worker's metadata, member by member. */
  metadata_patch?: { [member: string]: JsonValue };
}

/** What asks for a status of a worker. */
export interface NewWorkerStatus extends Owner {
  status: WorkerStatus;
  reason?: string;
}

/** What stops a worker. */
export interface WorkerStop extends Owner {
  reason?: string;
}
