import { OPERATION_ID } from './operation-replies.js';

/** Bodies that are sent, by operation and media type: one story of a run and of the worker that does it. */
export const REQUEST_EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  createRun: {
    'application/json': {
      run_id: 'run-42',
      worker_id: 'worker-7',
      thread_id: 'thread-3',
      owner_user_id: 7,
      title: 'Mend the login',
      labels: { repository: 'acme/web' },
      metadata: { branch: 'main' },
      idempotency_key: 'run-42:create',
    },
  },
  appendRunEvents: {
    'application/json': {
      event_type: 'run.message',
      payload: { role: 'user', content: 'Mend the login, please.' },
      idempotency_key: 'run-42:message-1',
    },
    'application/x-ndjson':
      '{"event_type":"tool.call","payload":{"tool_call_id":"call-1","tool_name":"search","input":{"text":"login"}},"idempotency_key":"run-42:call-1"}\n' +
      '{"event_type":"tool.result","payload":{"tool_call_id":"call-1","output":["src/login.ts"]},"idempotency_key":"run-42:result-1"}\n',
  },
  cancelRun: {
    'application/json': {
      reason: 'No longer needed.',
      requested_by: 'user:7',
      idempotency_key: 'run-42:cancel',
    },
  },
  appendRunFrame: {
    'application/json': {
      frame_id: 'frame-1',
      type: 'delta',
      payload: { text: 'I look at the login.' },
      occurred_at: '2026-01-31T12:00:00Z',
    },
  },
  registerWorker: {
    'application/json': {
      worker_id: 'worker-7',
      owner_user_id: 7,
      workspace_ref: 'acme/web',
      adapter: 'desktop',
      metadata: { region: 'eu' },
    },
  },
  beatWorker: {
    'application/json': { owner_user_id: 7, metadata_patch: { jobs: 1 } },
  },
  setWorkerStatus: {
    'application/json': { owner_user_id: 7, status: 'running', reason: 'Warmed up.' },
  },
  stopWorker: {
    'application/json': { owner_user_id: 7, reason: 'Done for today.' },
  },
  appendWorkerEvent: {
    'application/json': {
      owner_user_id: 7,
      event_type: 'worker.response',
      payload: { request_id: 'request-1', result: { branch: 'main' } },
      idempotency_key: 'worker-7:response-1',
    },
  },
  planOperation: {
    'application/json': {
      verb: 'rewind',
      projection: 'runs',
      arguments: { target: 'run', subject: 'run/run-42' },
      idempotency_key: OPERATION_ID,
    },
  },
  approveOperation: { 'application/json': { reason: 'The run is a test.' } },
  executeOperation: { 'application/json': {} },
  cancelOperation: { 'application/json': { reason: 'The wrong run.' } },
  requestWorker: {
    'application/json': {
      owner_user_id: 7,
      request_id: 'request-1',
      method: 'workspace.status',
      params: { path: '/' },
    },
  },
};
