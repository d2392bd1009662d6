import { eventDefinitionsOf, type JsonValue, type Labels } from '@refold/contracts';
import type { StreamEvent } from '../claim.js';
import { isJsonObject, type JsonObject, membersOf } from '../members.js';
import type { View } from '../view.js';
import { runEntries } from './entries.js';
import { runRules } from './rules.js';
import { addUsage, type UsageTotals } from './usage.js';

/** How a run ended. */
export type RunFinish = { status: string; reason_class?: string; reason?: string };

/**
 * What is known of one run, without what its stream state says already (status, last seq, which is
 * also the event count, owner, creation and update time). Members that are empty are left out.
 */
export type RunDocument = {
  worker_id?: string;
  thread_id?: string;
  metadata?: JsonValue;
  title?: string;
  labels?: Labels;
  tenant?: string;
  owner_user_id?: number;
  owner_guest_scope?: string;
  source?: string;
  message_count?: number;
  tool_call_count?: number;
  tool_result_count?: number;
  /** Events that came after the end and changed nothing. */
  late_count?: number;
  usage?: UsageTotals;
  last_event_type?: string;
  finished?: RunFinish;
  /** When it ended, milliseconds of fold time. */
  terminal_at?: number;
  /** When it was archived, milliseconds of fold time. */
  archived_at?: number;
};

const BIRTH_MEMBERS: readonly string[] = [
  'worker_id',
  'thread_id',
  'metadata',
  'title',
  'labels',
  'tenant',
  'owner_user_id',
  'owner_guest_scope',
  'source',
] satisfies (keyof RunDocument)[];

/** The members a run keeps from its first event, whose data is valid. */
function born(data: JsonValue): RunDocument {
  const members = membersOf(data);
  const kept: JsonObject = {};
  for (const name of BIRTH_MEMBERS) {
    const value = members[name] ?? null;
    if (value !== null) kept[name] = value;
  }
  const scope = kept['owner_guest_scope'];
  if (typeof scope === 'string') kept['owner_guest_scope'] = scope.trim();
  return kept;
}

function finishOf(status: string, data: JsonObject): RunFinish {
  const finish: RunFinish = { status };
  const { reason_class: reasonClass, reason } = data;
  if (typeof reasonClass === 'string') finish.reason_class = reasonClass;
  if (typeof reason === 'string') finish.reason = reason;
  return finish;
}

function countEvent(document: RunDocument, event: StreamEvent): void {
  if (event.late) document.late_count = (document.late_count ?? 0) + 1;
  switch (event.type) {
    case 'run.message':
      document.message_count = (document.message_count ?? 0) + 1;
      break;
    case 'tool.call':
      document.tool_call_count = (document.tool_call_count ?? 0) + 1;
      break;
    case 'tool.result':
      document.tool_result_count = (document.tool_result_count ?? 0) + 1;
      break;
  }
}

const known = eventDefinitionsOf('run');

/** Usage counts where it was validated, in types of the catalogue. */
function countUsage(document: RunDocument, event: StreamEvent): void {
  if (!isJsonObject(event.data) || event.data['usage'] === undefined) return;
  if (!known.has(event.type)) return;
  const totals = addUsage(document.usage, event.data['usage']);
  if (totals !== undefined) document.usage = totals;
}

/** The read model of runs. */
export const runView: View<RunDocument> = {
  name: 'run',
  kind: 'run',
  version: 1,
  initial: () => ({}),
  evolve(before, event, state) {
    const document: RunDocument = event.seq === 1 ? born(event.data) : { ...before };
    document.last_event_type = event.type;
    countEvent(document, event);
    countUsage(document, event);
    if (document.finished === undefined && runRules.terminal.has(state.status)) {
      document.finished = finishOf(state.status, membersOf(event.data));
      document.terminal_at = event.recordedAt;
    }
    if (state.status === 'archived') document.archived_at = event.recordedAt;
    return document;
  },
  entries: runEntries,
};
