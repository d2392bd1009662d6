import type {
  AppendReply,
  CancelReply,
  CancelTooLateReply,
  FrameReply,
  JsonValue,
  Labels,
  PendingReply,
  WorkerRequestReply,
  WorkerStatus,
  WorkerWriteReply,
} from '@refold/contracts';

/** What begins a run. Without `run_id` the server derives one from the key of the call. */
export interface NewRun extends Owner {
  run_id?: string;
  worker_id?: string;
  /** The conversation it belongs to. */
  thread_id?: string;
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

/** An input of a run. */
export interface NewFrame {
  /** What makes it the same frame when it is sent again; made when absent. */
  frame_id?: string;
  /** `cancel`, `complete`, `fail` and their like change the run; any other type is kept with it. */
  type: string;
  payload: { [member: string]: JsonValue };
  thread_id?: string;
  /** ISO 8601, with `Z` or an offset; told with the record, and no part of what makes frames equal. */
  occurred_at?: string;
}

/** What came of a claim: decided, or stored and not decided yet. A refusal is thrown instead. */
export type RunOutcome = AppendReply | PendingReply;

/** What came of a frame, and which event it became. */
export type FrameOutcome = FrameReply | PendingReply;

/** What came of asking a run to stop; when it was over already, what it is. */
export type CancelOutcome = CancelReply | CancelTooLateReply | PendingReply;

/** What came of a claim about a worker. */
export type WorkerOutcome = WorkerWriteReply | PendingReply;

/** What came of a request to a worker; `request_id` is what its answer names. */
export type WorkerRequestOutcome = WorkerRequestReply | PendingReply;

/** True for a claim that is stored and not decided yet: ask for its receipt later. */
export const isPending = (
  outcome: RunOutcome | FrameOutcome | CancelOutcome | WorkerOutcome | WorkerRequestOutcome,
): outcome is PendingReply => outcome.verdict === 'pending' || outcome.verdict === 'parked';

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

/** What a worker is asked. */
export interface NewWorkerRequest extends Owner {
  /** What its answer names, and what makes it the same request when it is sent again; made when absent. */
  request_id?: string;
  method: string;
  params?: JsonValue;
}

/** What a worker reports. */
export interface NewWorkerEvent extends Owner {
  /** Begins with `worker.`; `worker.response` and `worker.error` answer a request. */
  event_type: string;
  payload?: JsonValue;
  /** The sequence number the caller believes is the last one; otherwise the event is refused. */
  expected_previous_seq?: number;
  /** The version of the schema that the payload follows; 1 when absent. */
  schema_version?: number;
}
