import { CHANGED_AT, type ReplyExamples } from './reply-members.js';

const HEALTH = { service: 'standalone', build_sha: 'dev', uptime_seconds: 42 };
const HEALTH_REPLIES = {
  200: { status: 'ok', ...HEALTH },
  503: { status: 'failing', ...HEALTH, reasons: { fold: 'partition 0 of runs stands still' } },
};

/** What the rest answers: receipts, projectors, descriptions, probes. */
export const OTHER_REPLIES: Readonly<Record<string, ReplyExamples>> = {
  getReceipt: {
    200: {
      state: 'accepted',
      stream: { kind: 'run', id: 'run-42' },
      event_id: 'e8865d76-80cf-8909-a4f6-c51235c9b851',
      seq: 6,
      recorded_at: CHANGED_AT,
      idempotent_replay: false,
      partition: 0,
      offset: 5,
    },
  },
  listProjectors: {
    200: {
      projectors: [
        {
          projection: 'runs',
          topic: 'refold.runs',
          group: 'refold.runs.projector',
          generation: 1,
          partitions: [
            {
              partition: 0,
              generation: 1,
              checkpoint: 5,
              end: 5,
              lag_events: 0,
              lag_seconds: 0,
              role: 'live',
              decider_version: 1,
              rules_from: 0,
              views: 'run@1',
              as_of: CHANGED_AT,
            },
          ],
        },
      ],
    },
  },
  listDeadLetters: {
    200: {
      dead_letters: [
        {
          topic: 'refold.runs',
          partition: 0,
          offset: 17,
          reason: 'the value is not JSON: send one JSON document in UTF-8',
          key: 'run-42',
          bytes: 12,
          recorded_at: CHANGED_AT,
        },
      ],
      next_cursor: null,
    },
  },
  getDrift: {
    200: {
      drift: {
        topic: 'run:run-42:events',
        reason: 'parked',
        last_seen_seq: 5,
        expected_next_seq: 6,
        partition: 0,
        offset: 5,
        detected_at: CHANGED_AT,
        waiting_events: 2,
        error: 'the fold of run-42 threw: counter is not a number',
        position: '0:8',
      },
    },
  },
  getRunCheckpoint: {
    200: {
      checkpoint: {
        topic: 'run:run-42:events',
        last_seq: 5,
        last_event_type: 'run.delta',
        updated_at: CHANGED_AT,
        partition: 0,
        next_offset: 5,
      },
    },
  },
  getRunSummary: {
    200: {
      summary: {
        run_id: 'run-42',
        status: 'running',
        last_seq: 5,
        event_count: 5,
        projection_hash: 'sha256:87dd2d1fb2e9d4e09427fabedb1bdf087a6c349b487b6de9b892ad1e1f487e58',
        updated_at: CHANGED_AT,
      },
    },
  },
  getDescription: { 200: { openapi: '3.1.1' } },
  getDocs: { 200: '<!doctype html>' },
  getDocsFile: { 200: '/* The file. */' },
  getHealth: HEALTH_REPLIES,
  getHealthByOldName: HEALTH_REPLIES,
  getReadiness: {
    200: { status: 'ready', log_ready: true, store_ready: true },
    503: {
      status: 'not_ready',
      log_ready: false,
      store_ready: true,
      reasons: { log: 'the log does not answer' },
    },
  },
  getMetrics: {
    200: '# HELP process_cpu_user_seconds_total Total user CPU time spent in seconds.\n# TYPE process_cpu_user_seconds_total counter\nprocess_cpu_user_seconds_total 1.25\n',
  },
};
