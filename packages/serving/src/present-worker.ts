import { HEARTBEAT_STALE_AFTER_MS, type Liveness, type WorkerSnapshot } from '@refold/contracts';
import type { WorkerDocument } from '@refold/domain';
import type { DocumentRead, StreamDocument } from '@refold/pipeline';
import { nullableTimeText, timeText } from './freshness.js';

type HeartbeatState = Liveness['heartbeat_state'];

function heartbeatState(status: string, ageMs: number | null): HeartbeatState {
  if (status === 'stopped' || status === 'failed') return status;
  if (ageMs === null) return 'missing';
  return ageMs > HEARTBEAT_STALE_AFTER_MS ? 'stale' : 'fresh';
}

function livenessOf(status: string, heartbeatAt: number | undefined, nowMs: number): Liveness {
  const ageMs = heartbeatAt === undefined ? null : Math.max(0, nowMs - heartbeatAt);
  return {
    heartbeat_age_ms: ageMs,
    heartbeat_stale_after_ms: HEARTBEAT_STALE_AFTER_MS,
    heartbeat_state: heartbeatState(status, ageMs),
  };
}

/** What the view keeps of a worker; a view that stands still from the first event on kept nothing. */
export const workerDocumentOf = (document: StreamDocument): Partial<WorkerDocument> =>
  (document.views['worker'] ?? {}) as Partial<WorkerDocument>;

/** A worker as replies show it at `nowMs`; null when there is none. */
export function presentWorker(
  { streamId, document }: DocumentRead,
  nowMs: number,
): WorkerSnapshot | null {
  const state = document?.state ?? null;
  if (document === null || state === null) return null;
  const worker = workerDocumentOf(document);
  return {
    worker: {
      worker_id: streamId,
      owner: {
        user_id: worker.owner_user_id ?? null,
        guest_scope: worker.owner_guest_scope ?? null,
      },
      workspace_ref: worker.workspace_ref ?? null,
      codex_home_ref: worker.codex_home_ref ?? null,
      adapter: worker.adapter ?? '',
      status: state.status as WorkerSnapshot['worker']['status'],
      latest_seq: state.seq,
      metadata: worker.metadata ?? null,
      started_at: timeText(worker.started_at ?? state.createdAt),
      stopped_at: nullableTimeText(worker.stopped_at),
      last_heartbeat_at: nullableTimeText(worker.last_heartbeat_at),
      updated_at: timeText(state.updatedAt),
    },
    liveness: livenessOf(state.status, worker.last_heartbeat_at, nowMs),
  };
}
