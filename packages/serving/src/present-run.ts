import type { RunReply } from '@refold/contracts';
import type { RunDocument } from '@refold/domain';
import type { DocumentRead, StreamDocument } from '@refold/pipeline';
import { freshnessOf, nullableTimeText, positionText, timeText } from './freshness.js';

type Usage = NonNullable<RunDocument['usage']>;

function usageReply(usage: Usage | undefined): RunReply['usage'] {
  const { uncounted_costs: uncounted } = usage ?? {};
  return {
    input_tokens: usage?.input_tokens ?? 0,
    output_tokens: usage?.output_tokens ?? 0,
    cost: usage?.cost ?? {},
    ...(uncounted === undefined ? {} : { uncounted_costs: uncounted }),
  };
}

function finishedReply(finish: RunDocument['finished']): RunReply['finished'] {
  if (finish === undefined) return null;
  return {
    status: finish.status as RunReply['status'],
    reason_class: finish.reason_class ?? null,
    reason: finish.reason ?? null,
  };
}

const birthReply = (run: RunDocument) => ({
  worker_id: run.worker_id ?? null,
  thread_id: run.thread_id ?? null,
  metadata: run.metadata ?? null,
  title: run.title ?? null,
  labels: run.labels ?? {},
  tenant: run.tenant ?? null,
  owner_user_id: run.owner_user_id ?? null,
  owner_guest_scope: run.owner_guest_scope ?? null,
  source: run.source ?? null,
});

/** What the view keeps of a run; a view that stands still from the first event on kept nothing. */
export const runDocumentOf = (document: StreamDocument): RunDocument =>
  (document.views['run'] ?? {}) as RunDocument;

/** A run as replies show it; null when there is none, or none yet because its first claim is parked. */
export function presentRun(read: DocumentRead): RunReply | null {
  const { streamId, document, position, rebuilding } = read;
  const state = document?.state ?? null;
  if (document === null || state === null) return null;
  const run = runDocumentOf(document);
  return {
    id: streamId,
    ...birthReply(run),
    status: state.status as RunReply['status'],
    last_seq: state.seq,
    event_count: state.seq,
    message_count: run.message_count ?? 0,
    tool_call_count: run.tool_call_count ?? 0,
    tool_result_count: run.tool_result_count ?? 0,
    late_count: run.late_count ?? 0,
    usage: usageReply(run.usage),
    last_event_type: run.last_event_type ?? null,
    finished: finishedReply(run.finished),
    terminal_at: nullableTimeText(run.terminal_at),
    archived_at: nullableTimeText(run.archived_at),
    created_at: timeText(state.createdAt),
    updated_at: timeText(state.updatedAt),
    position: positionText(position),
    freshness: freshnessOf({ document, position, rebuilding }),
  };
}
