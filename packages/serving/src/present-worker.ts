import type { WorkerSnapshot } from '@refold/contracts';
import { livenessOf, type WorkerDocument } from '@refold/domain';
import type { DocumentRead, StreamDocument } from '@refold/pipeline';
import { nullableTimeText, timeText } from './freshness.js';

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
      ...(worker.unmerged_patches === undefined
        ? {}
        : { unmerged_patches: worker.unmerged_patches }),
      started_at: timeText(worker.started_at ?? state.createdAt),
      stopped_at: nullableTimeText(worker.stopped_at),
      last_heartbeat_at: nullableTimeText(worker.last_heartbeat_at),
      updated_at: timeText(state.updatedAt),
    },
    liveness: livenessOf(state.status, worker.last_heartbeat_at, nowMs),
  };
}
