/**
 * Members at the top of an event's data that folds, views and rules read as identifiers, states or
 * amounts: they are kept as they are. What they mean is fixed by the schema of the event, and a
 * replaced one would be another run, worker or tool call. The members that are not listed are content.
 */
export const STRUCTURAL_MEMBERS: ReadonlySet<string> = new Set([
  'adapter',
  'authorization_id',
  'authorization_mode',
  'codex_home_ref',
  'count',
  'decision',
  'detected_at',
  'detector',
  'error_class',
  'frame_id',
  'frame_type',
  'last_progress_seq',
  'lease_expires_at',
  'lease_owner',
  'level',
  'method',
  'operation_id',
  'owner_guest_scope',
  'owner_user_id',
  'policy_decision_id',
  'reason_class',
  'reason_code',
  'request_id',
  'requested_at',
  'role',
  'source',
  'status',
  'tenant',
  'thread_id',
  'tool_call_id',
  'tool_name',
  'usage',
  'worker_id',
  'workspace_ref',
]);

/**
 * Those of them that say where something is, and may be a URL that one clones with a password in it:
 * secrets in them are replaced, the rest of the text stays.
 */
export const REFERENCE_MEMBERS: ReadonlySet<string> = new Set(['codex_home_ref', 'workspace_ref']);
