import { CHANGED_AT, freshAt, MADE_AT, type ReplyExamples } from './reply-members.js';

const PARKED = {
  stream: { kind: 'run', id: 'run-42' },
  topic: 'refold.runs',
  partition: 0,
  offset: 7,
  recorded_at: CHANGED_AT,
  error: "TypeError: Cannot read properties of null (reading 'length')",
  error_class: 'TypeError',
  waiting_events: 2,
  last_offset: 11,
};

const EVENT = {
  event_type: 'tool.call',
  schema_version: 1,
  source: '/refold/ingest',
  event_id: 'e8865d76-80cf-8909-a4f6-c51235c9b851',
  principal: null,
  recorded_at: CHANGED_AT,
  payload: { tool_call_id: 'c1', tool_name: 'ls' },
};

const STATE = {
  status: 'running',
  last_seq: 6,
  chain: '9f2c61d7a40b85e3',
  views: { run: { created_at: MADE_AT } },
};

/** What is answered about streams that stand still. */
export const PARKED_REPLIES: Readonly<Record<string, ReplyExamples>> = {
  getDeadLetter: {
    200: {
      topic: 'refold.runs',
      partition: 0,
      offset: 7,
      reason:
        'the value is not a Refold record: expected a CloudEvents 1.0 JSON object with refoldversion 1',
      key: 'run-42',
      bytes: 2,
      recorded_at: CHANGED_AT,
      republished_by: 'letter.runs.0.7.1',
      value: '{}',
    },
  },
  listParked: { 200: { parked: [PARKED], next_cursor: null } },
  getParked: {
    200: { ...PARKED, event: EVENT, state_before: STATE, ...freshAt('0:12') },
  },
};
