import type {
  JsonValue,
  OperationApproval,
  OperationFinished,
  OperationOutcome,
  OperationPartitionFinished,
  OperationPlanned,
} from '@refold/contracts';
import type { FoldedEvent } from '../claim.js';
import { membersOf } from '../members.js';
import type { View } from '../view.js';
import { operationEntries } from './entries.js';

/** Sums over partitions: what was planned, or what was done. */
export type OperationTotals = { records: number; streams: number; bytes: number };

/** What came out so far, over the partitions that finished. */
export type OperationResult = OperationTotals & {
  replaced: number;
  tail_records: number;
  read_records: number;
  differing: number;
  unrebuildable: number;
};

/**
 * What is known of one operation, without what its stream state says already (status, last seq, creation and
 * update time). The plan and what came out in each partition are events of its timeline; here are their sums,
 * so that a commit is small however many partitions there are. Members that are empty are left out; `…_by` is
 * absent where a trusted writer did it; times are milliseconds of fold time.
 */
export type OperationDocument = {
  verb: string;
  projection: string;
  approval: OperationApproval;
  planned: OperationTotals & { partitions: number };
  /** Partitions that finished, in that order; one counts once. */
  finished_partitions: number[];
  result: OperationResult;
  /** With republish: the dead letter, and where the record stands that was written for it. */
  letter?: { partition: number; offset: number };
  record?: JsonValue;
  /** Partitions that did not end in `done`, by how they ended. */
  failed_partitions?: number;
  canceled_partitions?: number;
  /** With archive: runs that the rules did not let be archived. */
  refused?: number;
  /** Streams that were folded again and stand parked all the same. */
  still_parked?: number;
  /** What the operation says went wrong, else the first partition that says so. */
  error?: string;
  planned_by?: string;
  planned_at: number;
  approved_by?: string;
  approved_at?: number;
  /** What who approved said of it. */
  approved_reason?: string;
  started_by?: string;
  started_at?: number;
  /** Of the first request. */
  cancel_requested_by?: string;
  cancel_requested_at?: number;
  cancel_requested_reason?: string;
  finished_by?: string;
  finished_at?: number;
};

const NO_RESULT: OperationResult = {
  records: 0,
  streams: 0,
  bytes: 0,
  replaced: 0,
  tail_records: 0,
  read_records: 0,
  differing: 0,
  unrebuildable: 0,
};

const COUNTS = Object.keys(NO_RESULT) as (keyof OperationResult)[];

const UNPLANNED: OperationDocument = {
  verb: '',
  projection: '',
  approval: 'not_required',
  planned: { records: 0, streams: 0, bytes: 0, partitions: 0 },
  finished_partitions: [],
  result: NO_RESULT,
  planned_at: 0,
};

type Deed = 'planned' | 'approved' | 'started' | 'cancel_requested' | 'finished';

/** Who did it, when, and why, where it is a decision. The first time counts. */
function sign(document: OperationDocument, deed: Deed, event: FoldedEvent): void {
  if (deed !== 'planned' && document[`${deed}_at`] !== undefined) return;
  document[`${deed}_at`] = event.recordedAt;
  if (event.principal !== null) document[`${deed}_by`] = event.principal;
  if (deed !== 'approved' && deed !== 'cancel_requested') return;
  const { reason } = membersOf(event.data);
  if (typeof reason === 'string') document[`${deed}_reason`] = reason;
}

/** The dead letter that a plan is about. */
function letterIn(data: JsonValue): { partition: number; offset: number } | null {
  const { target, partition, offset } = membersOf(membersOf(data)['arguments'] ?? null);
  if (target !== 'letter' || !Number.isInteger(partition) || !Number.isInteger(offset)) return null;
  return { partition: Number(partition), offset: Number(offset) };
}

function plan(document: OperationDocument, event: FoldedEvent): void {
  const { verb, projection, approval, plan: planned } = event.data as OperationPlanned;
  const { records, streams, bytes, partitions } = planned;
  Object.assign(document, { verb, projection, approval });
  document.planned = { records, streams, bytes, partitions: partitions.length };
  const letter = letterIn(event.data);
  if (letter !== null) document.letter = letter;
  sign(document, 'planned', event);
}

const NOT_DONE = {
  failed: 'failed_partitions',
  canceled: 'canceled_partitions',
} as const satisfies Record<Exclude<OperationOutcome, 'done'>, keyof OperationDocument>;

function finishPartition(document: OperationDocument, event: FoldedEvent): void {
  const { partition, outcome, error, ...counts } = event.data as OperationPartitionFinished;
  if (document.finished_partitions.includes(partition)) return;
  document.finished_partitions = [...document.finished_partitions, partition];
  const result = { ...document.result };
  for (const name of COUNTS) result[name] += counts[name] ?? 0;
  document.result = result;
  if (outcome !== 'done') {
    document[NOT_DONE[outcome]] = (document[NOT_DONE[outcome]] ?? 0) + 1;
  }
  if (counts.refused) document.refused = (document.refused ?? 0) + counts.refused;
  if (counts.still_parked) {
    document.still_parked = (document.still_parked ?? 0) + counts.still_parked;
  }
  if (document.error === undefined && error != null) document.error = error;
  const { record } = membersOf(event.data);
  if (record !== undefined) document.record = record;
}

/** The read model of operations. */
export const operationView: View<OperationDocument> = {
  name: 'operation',
  kind: 'operation',
  version: 1,
  initial: () => UNPLANNED,
  evolve(before, event, state) {
    const document: OperationDocument = { ...before };
    switch (event.type) {
      case 'operation.planned':
        plan(document, event);
        break;
      case 'operation.approved':
        sign(document, 'approved', event);
        break;
      case 'operation.started':
        sign(document, 'started', event);
        break;
      case 'operation.partition_finished':
        finishPartition(document, event);
        break;
      case 'operation.cancel_requested':
        sign(document, 'cancel_requested', event);
        if (state.status === 'canceled') sign(document, 'finished', event);
        break;
      case 'operation.finished': {
        const { error } = event.data as OperationFinished;
        sign(document, 'finished', event);
        if (error != null) document.error = error;
        break;
      }
    }
    return document;
  },
  entries: operationEntries,
};
