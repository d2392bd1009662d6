import { DEFAULT_ADAPTER, type JsonValue } from '@refold/contracts';
import type { StreamEvent } from '../claim.js';
import { isJsonObject, membersOf } from '../members.js';
import type { StreamState } from '../state.js';
import type { View } from '../view.js';
import { workerEntries } from './entries.js';

/** Most UTF-16 units the JSON of a worker's metadata grows to: every commit that touches it writes it whole. */
export const METADATA_MAX = 65_536;

/**
 * What is known of one worker, without what its stream state says already (status, last seq, owner,
 * creation and update time). Members that are empty are left out; times are milliseconds of fold time.
 */
export type WorkerDocument = {
  owner_user_id?: number;
  owner_guest_scope?: string;
  tenant?: string;
  workspace_ref?: string;
  codex_home_ref?: string;
  adapter: string;
  metadata?: JsonValue;
  /** Patches that would have made the metadata larger than {@link METADATA_MAX}; their events are kept. */
  unmerged_patches?: number;
  last_event_type?: string;
  /** What the last change of status gave as its reason. */
  reason?: string;
  started_at?: number;
  /** When it stopped or failed; absent while it is neither. */
  stopped_at?: number;
  last_heartbeat_at?: number;
};

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Writes a member, or takes it away: empty members are not stored. */
function put<M extends keyof WorkerDocument>(
  document: WorkerDocument,
  name: M,
  value: WorkerDocument[M] | undefined,
): void {
  if (value === undefined) delete document[name];
  else document[name] = value;
}

/** Shallow: members of the patch win. Only objects merge; nothing yet counts as an empty object. */
function mergeMetadata(document: WorkerDocument, patch: JsonValue | undefined): void {
  const before = document.metadata ?? {};
  if (!isJsonObject(patch) || !isJsonObject(before)) return;
  const merged = { ...before, ...patch };
  if (JSON.stringify(merged).length <= METADATA_MAX) document.metadata = merged;
  else document.unmerged_patches = (document.unmerged_patches ?? 0) + 1;
}

function born(document: WorkerDocument, event: StreamEvent): void {
  const members = membersOf(event.data);
  const user = members['owner_user_id'];
  put(document, 'owner_user_id', typeof user === 'number' ? user : undefined);
  put(document, 'owner_guest_scope', textOf(members['owner_guest_scope'])?.trim());
  put(document, 'tenant', textOf(members['tenant']));
  if ((members['metadata'] ?? null) !== null) put(document, 'metadata', members['metadata']);
  document.started_at = event.recordedAt;
}

function register(document: WorkerDocument, event: StreamEvent): void {
  const members = membersOf(event.data);
  if (event.seq === 1) born(document, event);
  else mergeMetadata(document, members['metadata']);
  put(document, 'workspace_ref', textOf(members['workspace_ref']));
  put(document, 'codex_home_ref', textOf(members['codex_home_ref']));
  document.adapter = textOf(members['adapter']) ?? DEFAULT_ADAPTER;
  document.last_heartbeat_at = event.recordedAt;
}

const STATUS_EVENTS: ReadonlySet<string> = new Set([
  'worker.started',
  'worker.starting',
  'worker.running',
  'worker.stopping',
  'worker.stopped',
  'worker.failed',
]);

/** Going down and coming back are signs of life; a repeated stop keeps the first stop's time. */
function changeStatus(document: WorkerDocument, event: StreamEvent, state: StreamState): void {
  put(document, 'reason', textOf(membersOf(event.data)['reason']));
  const wasDown = document.stopped_at !== undefined;
  const isDown = state.status === 'stopped' || state.status === 'failed';
  if (wasDown === isDown) return;
  document.last_heartbeat_at = event.recordedAt;
  put(document, 'stopped_at', isDown ? event.recordedAt : undefined);
}

/** The read model of workers. */
export const workerView: View<WorkerDocument> = {
  name: 'worker',
  kind: 'worker',
  version: 1,
  initial: () => ({ adapter: DEFAULT_ADAPTER }),
  evolve(before, event, state) {
    const document: WorkerDocument = { ...before, last_event_type: event.type };
    if (event.type === 'worker.started') register(document, event);
    if (event.type === 'worker.heartbeat') {
      mergeMetadata(document, membersOf(event.data)['metadata_patch']);
      document.last_heartbeat_at = event.recordedAt;
    } else if (STATUS_EVENTS.has(event.type)) {
      changeStatus(document, event, state);
    }
    return document;
  },
  entries: workerEntries,
};
