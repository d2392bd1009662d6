import { GENERATION_REPLIES } from './generation-replies.js';
import { CHANGED_AT, freshAt, MADE_AT, pending, type ReplyExamples } from './reply-members.js';

/** The operation of the examples: its key is its ID, because it is one that an answer could have told. */
export const OPERATION_ID = '01980000-0000-7000-8000-000000000042';

const AMOUNTS = {
  streams: 1,
  records: 5,
  bytes: 1_240,
  read_records: 5,
  unrebuildable: 0,
  left_out: 0,
  lost: 0,
  held_verdicts: 5,
  held_dead_letters: 0,
};

const PLAN = {
  verb: 'rewind',
  projection: 'runs',
  generation: 1,
  arguments: { target: 'run', subject: 'run/run-42' },
  sample: null,
  share: null,
  ...AMOUNTS,
  records_per_second: 20_000,
  eta_seconds: 0.00025,
  not_folded: [],
  partitions: [
    { partition: 0, from: 0, to: 5, read_from: 0, log_start: 0, log_end: 5, ...AMOUNTS },
  ],
};

const OPERATION = {
  operation_id: OPERATION_ID,
  verb: 'rewind',
  projection: 'runs',
  status: 'awaiting_approval',
  approval: 'required',
  last_seq: 1,
  planned: { records: 5, streams: 1, bytes: 1_240, partitions: 1 },
  result: {
    records: 0,
    streams: 0,
    bytes: 0,
    replaced: 0,
    tail_records: 0,
    read_records: 0,
    differing: 0,
    unrebuildable: 0,
    refused: 0,
    still_parked: 0,
  },
  finished_partitions: [],
  failed_partitions: 0,
  canceled_partitions: 0,
  error: null,
  planned_by: 'sub:ann',
  planned_at: MADE_AT,
  approved_by: null,
  approved_at: null,
  approved_reason: null,
  started_by: null,
  started_at: null,
  cancel_requested_by: null,
  cancel_requested_at: null,
  cancel_requested_reason: null,
  finished_at: null,
  ...freshAt('2:1'),
};

const PROGRESS = {
  done: 0.4,
  eta_seconds: 0.0003,
  partitions: [
    {
      partition: 0,
      phase: 'folding',
      done: 0.4,
      eta_seconds: 0.0003,
      streams: 1,
      settled: 0,
      read_records: 2,
      trouble: null,
    },
  ],
};

const APPROVED = {
  ...OPERATION,
  status: 'approved',
  last_seq: 2,
  approved_by: 'sub:bob',
  approved_at: CHANGED_AT,
  approved_reason: 'looked at the plan',
  ...freshAt('2:2'),
};
const RUNNING = {
  ...APPROVED,
  status: 'running',
  last_seq: 3,
  started_by: 'sub:ann',
  started_at: CHANGED_AT,
  ...freshAt('2:3'),
};
const CANCELING = {
  ...RUNNING,
  status: 'canceling',
  last_seq: 4,
  cancel_requested_by: 'sub:bob',
  cancel_requested_at: CHANGED_AT,
  cancel_requested_reason: 'the wrong partition',
  ...freshAt('2:4'),
};

const later = pending({ operation_id: OPERATION_ID }, '2:4', OPERATION_ID);

const EXPLANATION = {
  subject: 'run/run-42',
  topic: 'refold.runs',
  partition: 0,
  log_start: 0,
  folded_to: 5,
  complete: true,
  records: [
    {
      partition: 0,
      offset: 3,
      recorded_at: CHANGED_AT,
      bytes: 310,
      event_id: 'e8865d76-80cf-8909-a4f6-c51235c9b851',
      source: '/refold/ingest',
      event_type: 'run.finished',
      schema_version: 1,
      expected_seq: 2,
      principal: null,
      rules_version: 1,
      verdict: 'rejected',
      seq: null,
      status: null,
      code: 'sequence_conflict',
      replayed: false,
      detail: { expected_seq: 2, actual_seq: 3 },
      reason: null,
      skips: null,
    },
  ],
  next_cursor: null,
};

/** What is answered about operations. */
export const OPERATION_REPLIES: Readonly<Record<string, ReplyExamples>> = {
  planOperation: {
    200: { plan: PLAN },
    201: { ...OPERATION, plan: PLAN, progress: null },
    202: later,
  },
  approveOperation: { 200: { ...APPROVED, plan: PLAN, progress: null }, 202: later },
  executeOperation: { 200: { ...RUNNING, plan: PLAN, progress: PROGRESS }, 202: later },
  cancelOperation: { 200: { ...CANCELING, plan: PLAN, progress: PROGRESS }, 202: later },
  listOperations: { 200: { operations: [OPERATION], next_cursor: null } },
  getOperation: { 200: { ...RUNNING, plan: PLAN, progress: PROGRESS } },
  explainStream: { 200: EXPLANATION },
  ...GENERATION_REPLIES,
};
