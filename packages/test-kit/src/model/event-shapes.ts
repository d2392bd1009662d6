type Check = (value: unknown) => boolean;
type Shape = Record<string, Check>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);

const isText =
  (max: number, min = 0): Check =>
  (value) =>
    typeof value === 'string' && value.length <= max && value.length >= min;

const isNonBlank =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= max && value.trim() !== '';

/** No control character, and nothing that UTF-8 has no bytes for. */
export const isName = (text: string): boolean =>
  [...text].every((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0x9f ? code < 0xd800 || code > 0xdfff : code > 0x1f && code < 0x7f;
  });

const named =
  (check: Check): Check =>
  (value) =>
    check(value) && isName(value as string);

const isInteger =
  (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);

const fits = (data: Record<string, unknown>, shape: Shape): boolean =>
  Object.entries(shape).every(([member, check]) => check(data[member]));

const texts = (max: number, ...names: string[]): Shape =>
  Object.fromEntries(names.map((name) => [name, maybe(isText(max))]));

const isLabels: Check = (value) =>
  isObject(value) &&
  Object.keys(value).length <= 32 &&
  Object.entries(value).every(([name, text]) => named(isText(64, 1))(name) && isText(256)(text));

const isUsage: Check = (value) =>
  isObject(value) &&
  fits(value, {
    model: maybe(isText(256)),
    input_tokens: maybe(isInteger(0, 1e9)),
    output_tokens: maybe(isInteger(0, 1e9)),
    cost: maybe((c) => (typeof c === 'number' && c >= 0) || matches(/^\d{1,15}(\.\d{1,18})?$/)(c)),
    currency: maybe(matches(/^[A-Za-z0-9_]{1,12}$/)),
  });

const isPlainName = matches(/^[a-z][a-z0-9_-]{0,63}$/);
const isPartition = isInteger(0, 999);
const isListOf =
  (max: number, check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

const counts = (required: string[], optional: string[]): Shape => ({
  ...Object.fromEntries(required.map((name) => [name, isInteger(0)])),
  ...Object.fromEntries(optional.map((name) => [name, maybe(isInteger(0))])),
});

const isPlannedPartition: Check = (value) =>
  isObject(value) &&
  fits(value, {
    partition: isPartition,
    ...counts([], ['from', 'to', 'read_from', 'records', 'streams', 'bytes', 'unrebuildable']),
  });

const isPlan: Check = (value) =>
  isObject(value) &&
  fits(value, {
    partitions: isListOf(1000, isPlannedPartition),
    ...counts(['records', 'streams', 'bytes'], []),
  });

const ENDING: Shape = {
  ...texts(4096, 'error'),
  outcome: (v) => ['done', 'failed', 'canceled'].includes(v as string),
};

const USAGE: Shape = { usage: maybe(isUsage) };
const OWNER: Shape = {
  owner_user_id: maybe(isInteger(1)),
  owner_guest_scope: maybe(named(isNonBlank(128))),
  tenant: maybe(matches(/^[A-Za-z0-9._-]{1,64}$/)),
  metadata: () => true,
};
const TOOL: Shape = { tool_call_id: isNonBlank(256), ...USAGE };
const STATUS: Shape = { ...texts(64, 'status'), ...texts(4096, 'reason') };
const BIRTH: Shape = {
  ...OWNER,
  ...USAGE,
  ...texts(512, 'title'),
  ...texts(256, 'source'),
  thread_id: maybe(named(isText(128))),
  labels: maybe(isLabels),
  worker_id: maybe(matches(/^[A-Za-z0-9._:-]{1,128}$/)),
};

/** Types whose data must be an object; all other known types may also carry null. */
const WITH_DATA: Record<string, Shape> = {
  'run.finished': {
    ...USAGE,
    ...texts(256, 'reason_class', 'reason_code', 'frame_id', 'detector'),
    ...texts(4096, 'reason'),
    status: (v) => ['succeeded', 'failed', 'canceled', 'cancelled'].includes(v as string),
  },
  'run.message': { ...USAGE, role: isNonBlank(64), content: (v) => v !== undefined },
  'tool.call': { ...TOOL, tool_name: isNonBlank(256) },
  'tool.progress': TOOL,
  'tool.result': {
    ...TOOL,
    ...texts(64, 'status'),
    ...texts(256, 'error_class'),
    error_message: maybe((v) => typeof v === 'string'),
  },
  'operation.planned': {
    verb: isPlainName,
    projection: isPlainName,
    arguments: maybe(isObject),
    plan: isPlan,
    approval: (v) => v === 'required' || v === 'not_required',
  },
  'operation.partition_finished': {
    ...ENDING,
    partition: isPartition,
    differences: maybe(isListOf(1000, () => true)),
    ...counts(
      ['streams', 'replaced', 'records'],
      [
        'tail_records',
        'read_records',
        'bytes',
        'read_from',
        'to',
        'differing',
        'unrebuildable',
        'refused',
      ],
    ),
  },
  'operation.finished': ENDING,
};

const DELTA: Shape = { ...USAGE, ...texts(Infinity, 'delta', 'text') };

const WITH_DATA_OR_NULL: Record<string, Shape> = {
  'run.created': BIRTH,
  'run.started': BIRTH,
  'run.delta': DELTA,
  'text.delta': DELTA,
  'run.frame_consumed': { ...USAGE, ...texts(256, 'frame_id', 'frame_type') },
  'run.step.completed': USAGE,
  'run.hook_applied': USAGE,
  'run.hook_error': USAGE,
  'policy.budget_exhausted': USAGE,
  'run.cancel_requested': {
    ...texts(4096, 'reason'),
    ...texts(256, 'requested_by'),
    ...texts(64, 'requested_at'),
  },
  'run.archived': {
    ...texts(4096, 'reason'),
    operation_id: maybe(matches(/^[A-Za-z0-9._:-]{1,128}$/)),
  },
  'run.executor_lost': {
    ...texts(256, 'lease_owner'),
    ...texts(64, 'lease_expires_at', 'detected_at'),
    last_progress_seq: maybe(isInteger(0)),
  },
  'run.loop_detected': {
    ...texts(256, 'frame_id', 'frame_type', 'detector', 'reason_code'),
    ...texts(64, 'level'),
    ...texts(4096, 'loop_detected_reason', 'message'),
    count: maybe(isInteger(0)),
  },
  'policy.decision': {
    ...USAGE,
    ...texts(256, 'decision', 'reason_code', 'tool_call_id', 'authorization_id'),
    ...texts(256, 'authorization_mode', 'policy_decision_id'),
  },
  'worker.started': {
    ...OWNER,
    ...STATUS,
    ...texts(255, 'codex_home_ref'),
    workspace_ref: maybe(named(isText(255))),
    ...texts(120, 'adapter'),
  },
  'worker.heartbeat': { ...texts(64, 'status'), metadata_patch: maybe(isObject) },
  'worker.starting': STATUS,
  'worker.running': STATUS,
  'worker.stopping': STATUS,
  'worker.stopped': STATUS,
  'worker.failed': STATUS,
  'worker.request.received': texts(256, 'request_id', 'method'),
  'worker.response': texts(256, 'request_id'),
  'worker.error': texts(256, 'request_id'),
  'worker.event': texts(256, 'method'),
  'operation.approved': texts(4096, 'reason'),
  'operation.started': {},
  'operation.cancel_requested': texts(4096, 'reason'),
};

const hasBothOwners = (data: Record<string, unknown>): boolean =>
  (data['owner_user_id'] ?? null) !== null && (data['owner_guest_scope'] ?? null) !== null;

/** No number beyond 2^53-1, and at most 64 levels. */
export function isJudgeable(value: unknown, levels = 0): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return true;
  return levels < 64 && Object.values(value).every((inner) => isJudgeable(inner, levels + 1));
}

/** Whether an event type of a kind of stream is one whose data has a shape. */
export const isKnownType = (kind: string, type: string): boolean =>
  (type in WITH_DATA || type in WITH_DATA_OR_NULL) && kindOfType(type) === kind;

/** Worker and operation events begin with their kind; all others that have a shape are of runs. */
const kindOfType = (type: string): string => /^(worker|operation)(?=\.)/.exec(type)?.[0] ?? 'run';

/** Whether data may be judged and, for a known type, has the shape that type asks for. */
export function isValidData(kind: string, type: string, data: unknown): boolean {
  if (!isJudgeable(data)) return false;
  if (!isKnownType(kind, type)) return true;
  const required = WITH_DATA[type];
  if (required !== undefined) return isObject(data) && fits(data, required);
  if (data === null) return true;
  const isBirth = /^(run\.(created|started)|worker\.started)$/.test(type);
  if (!isObject(data) || (isBirth && hasBothOwners(data))) return false;
  return fits(data, WITH_DATA_OR_NULL[type] ?? {});
}
