import {
  accepted,
  CHANGED_AT,
  freshAt,
  MADE_AT,
  pending,
  type ReplyExamples,
} from './reply-members.js';

const HERE = { run_id: 'run-42' };
const CREATE = '0f3b986d-716b-87fe-8487-04ae83ada458';
const MESSAGE = 'a401a448-9a43-8b28-a7b0-e12734b8d7b1';
const CALL = '07e26b84-f648-8662-92e1-0fba002257a4';
const RESULT = '4dfc2f55-7c5b-8556-b4bc-f1fed902aba1';
const FRAME = '47dd9de8-0502-88e0-a9c5-078a5d033c67';
const CANCEL = 'e8865d76-80cf-8909-a4f6-c51235c9b851';

const judged = (status: string, seq: number) => ({ id: 'run-42', status, last_seq: seq });

/** The run as it is created. */
const CREATED = {
  id: 'run-42',
  worker_id: 'worker-7',
  thread_id: 'thread-3',
  status: 'running',
  metadata: { branch: 'main' },
  title: 'Mend the login',
  labels: { repository: 'acme/web' },
  tenant: null,
  owner_user_id: 7,
  owner_guest_scope: null,
  source: 'runtime',
  last_seq: 1,
  event_count: 1,
  message_count: 0,
  tool_call_count: 0,
  tool_result_count: 0,
  late_count: 0,
  usage: { input_tokens: 0, output_tokens: 0, cost: {} },
  last_event_type: 'run.started',
  finished: null,
  terminal_at: null,
  archived_at: null,
  created_at: MADE_AT,
  updated_at: MADE_AT,
  position: '0:1',
  freshness: { state: 'current', as_of: MADE_AT },
};

/** The same after a message, a tool call and a frame. */
const RUN = {
  ...CREATED,
  last_seq: 5,
  event_count: 5,
  message_count: 1,
  tool_call_count: 1,
  tool_result_count: 1,
  last_event_type: 'run.delta',
  updated_at: CHANGED_AT,
  ...freshAt('0:5'),
};

const EVENTS = [
  {
    seq: 1,
    event_type: 'run.started',
    payload: { source: 'runtime', worker_id: 'worker-7', title: 'Mend the login' },
    idempotency_key: 'run-42:create',
    recorded_at: MADE_AT,
    partition: 0,
    offset: 0,
  },
  {
    seq: 2,
    event_type: 'run.message',
    payload: { role: 'user', content: 'Mend the login, please.' },
    idempotency_key: 'run-42:message-1',
    recorded_at: CHANGED_AT,
    partition: 0,
    offset: 1,
  },
];

const REPLAY = [
  { type: 'ReplayHeader', replay_version: 1, producer: 'refold', created_at: MADE_AT },
  { type: 'SessionStart', ts: MADE_AT, session_id: 'run-42', policy_bundle_id: 'runtime.default' },
  {
    type: 'RuntimeEvent',
    ts: CHANGED_AT,
    session_id: 'run-42',
    seq: 2,
    runtime_event_type: 'run.message',
    payload_hash: 'sha256:2e22ed9fc471ae5d74ee488b9f237c706164b7b66363b7143e42e1e7307d1cac',
    payload: { role: 'user', content: 'Mend the login, please.' },
  },
  {
    type: 'SessionEnd',
    ts: CHANGED_AT,
    session_id: 'run-42',
    status: 'success',
    confidence: 0.5,
    total_tool_calls: 1,
  },
];

const line = (number: number, seq: number, eventId: string) => ({
  line: number,
  status: 201,
  verdict: 'accepted',
  seq,
  idempotent_replay: false,
  event_id: eventId,
  position: `0:${seq}`,
});

/** What operations on runs answer. */
export const RUN_REPLIES: Readonly<Record<string, ReplyExamples>> = {
  createRun: {
    201: { ...HERE, run: CREATED, ...accepted(1, '0:1', CREATE) },
    202: pending(HERE, '0:1', CREATE),
  },
  appendRunEvents: {
    200: { ...HERE, results: [line(1, 3, CALL), line(2, 4, RESULT)], position: '0:4' },
    201: { ...HERE, run: judged('running', 2), ...accepted(2, '0:2', MESSAGE) },
    202: pending(HERE, '0:2', MESSAGE),
  },
  appendRunFrame: {
    201: {
      ...HERE,
      run: judged('running', 5),
      frame_id: 'frame-1',
      event_type: 'run.delta',
      ...accepted(5, '0:5', FRAME),
    },
    202: pending({ ...HERE, frame_id: 'frame-1', event_type: 'run.delta' }, '0:5', FRAME),
  },
  cancelRun: {
    200: {
      ...HERE,
      run: { id: 'run-42', status: 'succeeded' },
      cancel_requested: false,
      verdict: 'rejected',
      idempotent_replay: false,
      event_id: CANCEL,
    },
    201: {
      ...HERE,
      run: judged('canceling', 6),
      cancel_requested: true,
      ...accepted(6, '0:6', CANCEL),
    },
    202: pending(HERE, '0:6', CANCEL),
  },
  listRuns: { 200: { runs: [RUN], next_cursor: null } },
  getRun: { 200: { run: RUN } },
  getRunSnapshot: {
    200: {
      ...HERE,
      thread_id: 'thread-3',
      status: 'running',
      latest_seq: 5,
      updated_at: CHANGED_AT,
      ...freshAt('0:5'),
    },
  },
  listRunEvents: { 200: { events: EVENTS, next_cursor: '2', ...freshAt('0:5') } },
  getRunReceipt: {
    200: {
      schema: 'openagents.receipt.v1',
      session_id: 'run-42',
      trajectory_hash: 'sha256:88682e706e0079e392c501f588db39f16a117125e0431a5a79c1ba00c020a4f6',
      policy_bundle_id: 'runtime.default',
      created_at: MADE_AT,
      event_count: 5,
      first_seq: 1,
      last_seq: 5,
      tool_calls: [],
      verification: [],
      position: '0:5',
    },
  },
  replayRun: { 200: REPLAY.map((one) => `${JSON.stringify(one)}\n`).join('') },
};
