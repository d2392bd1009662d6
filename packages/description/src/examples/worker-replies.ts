import {
  accepted,
  CHANGED_AT,
  freshAt,
  MADE_AT,
  pending,
  type ReplyExamples,
} from './reply-members.js';

const HERE = { worker_id: 'worker-7' };
const REGISTER = '01a228ee-7def-7a00-ac39-4a314bda5c74';
const STATUS = '01a228ee-7fa8-7870-8bca-f6b520eb450e';
const BEAT = '01a228ee-7fdb-7f4e-b329-ea7dbed0bd3c';
const REQUEST = 'c3cdc5c9-850c-8ccd-96e3-ff138435e1ef';
const RESPONSE = '7b8ce6ed-c6a2-8aaf-9603-6437263ddbd9';
const STOP = '01a228ee-8593-7e4d-9255-be7c818fe361';

/** The worker after so many events. */
const worker = (seq: number, metadata: object, changes: object = {}) => ({
  ...HERE,
  owner: { user_id: 7, guest_scope: null },
  workspace_ref: 'acme/web',
  codex_home_ref: null,
  adapter: 'desktop',
  status: 'running',
  latest_seq: seq,
  metadata,
  started_at: MADE_AT,
  stopped_at: null,
  last_heartbeat_at: seq < 3 ? MADE_AT : CHANGED_AT,
  updated_at: seq === 1 ? MADE_AT : CHANGED_AT,
  ...changes,
});

const liveness = (state: string) => ({
  heartbeat_age_ms: 12,
  heartbeat_stale_after_ms: 120_000,
  heartbeat_state: state,
});

const BEATEN = { region: 'eu', jobs: 1 };
const REGISTERED = { worker: worker(1, { region: 'eu' }), liveness: liveness('fresh') };
const WARM = { worker: worker(2, { region: 'eu' }), liveness: liveness('fresh') };
const HEARD = { worker: worker(3, BEATEN), liveness: liveness('fresh') };
const ANSWERED = { worker: worker(5, BEATEN), liveness: liveness('fresh') };
const STOPPED = {
  worker: worker(6, BEATEN, { status: 'stopped', stopped_at: CHANGED_AT }),
  liveness: liveness('stopped'),
};
const judged = (seq: number) => ({ worker: { ...HERE, status: 'running', latest_seq: seq } });

const READ = { worker: ANSWERED, ...freshAt('2:5') };

const EVENTS = [
  {
    seq: 4,
    event_type: 'worker.request.received',
    payload: { request_id: 'request-1', method: 'workspace.status', params: { path: '/' } },
    idempotency_key: 'request-1',
    recorded_at: CHANGED_AT,
    partition: 2,
    offset: 3,
  },
  {
    seq: 5,
    event_type: 'worker.response',
    payload: { request_id: 'request-1', result: { branch: 'main' } },
    idempotency_key: 'worker-7:response-1',
    recorded_at: CHANGED_AT,
    partition: 2,
    offset: 4,
  },
];

/** What operations on workers answer. */
export const WORKER_REPLIES: Readonly<Record<string, ReplyExamples>> = {
  registerWorker: {
    201: { worker: REGISTERED, ...accepted(1, '2:1', REGISTER) },
    202: pending(HERE, '2:1', REGISTER),
  },
  setWorkerStatus: {
    200: { worker: WARM, ...accepted(2, '2:2', STATUS) },
    202: pending(HERE, '2:2', STATUS),
  },
  beatWorker: {
    200: { worker: HEARD, ...accepted(3, '2:3', BEAT) },
    202: pending(HERE, '2:3', BEAT),
  },
  requestWorker: {
    201: { worker: judged(4), request_id: 'request-1', ...accepted(4, '2:4', REQUEST) },
    202: pending({ ...HERE, request_id: 'request-1' }, '2:4', REQUEST),
  },
  appendWorkerEvent: {
    201: { worker: judged(5), ...accepted(5, '2:5', RESPONSE) },
    202: pending(HERE, '2:5', RESPONSE),
  },
  stopWorker: {
    200: { worker: STOPPED, ...accepted(6, '2:6', STOP) },
    202: pending(HERE, '2:6', STOP),
  },
  listWorkers: { 200: { workers: [ANSWERED], next_cursor: null } },
  getWorker: { 200: READ },
  getWorkerSnapshot: { 200: READ },
  listWorkerEvents: { 200: { events: EVENTS, next_cursor: null, ...freshAt('2:5') } },
  getWorkerCheckpoint: {
    200: {
      checkpoint: {
        topic: 'worker:worker-7:lifecycle',
        last_seq: 5,
        last_event_type: 'worker.response',
        updated_at: CHANGED_AT,
        partition: 2,
        next_offset: 5,
      },
    },
  },
};
