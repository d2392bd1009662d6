import type {
  DiffReply,
  DryRunReply,
  GenerationsReply,
  OperationArguments,
  OperationListReply,
  OperationReply,
  OperationWithPlanReply,
} from '@refold/contracts';
import {
  pathTo,
  read,
  write,
  type PageOptions,
  type ReadOptions,
  type WriteOptions,
} from './calls.js';
import type { CallOptions, Reply, Transport } from './transport.js';

/** What an operation does: with streams, with what stands still, with what is over, with generations, or with the rules. */
export type OperationVerb =
  | 'rewind'
  | 'verify'
  | 'repair'
  | 'redrive'
  | 'skip'
  | 'republish'
  | 'archive'
  | 'truncate'
  | 'evict'
  | 'reproject'
  | 'swap'
  | 'rollback'
  | 'drop'
  | 'change-rules';

/** What is planned. */
export interface NewOperation {
  verb: OperationVerb;
  projection: 'runs' | 'workers' | 'operations';
  /** All of them when absent, or those that the arguments name. */
  partitions?: readonly number[] | undefined;
  arguments: OperationArguments;
  /** Verify only so many of the streams, above 0 to 1, chosen at random. */
  sample?: number | undefined;
  /** Share of the time that it may take on each partition, above 0 to 1; half of it when absent. */
  share?: number | undefined;
}

/** Which operations a list shows. */
export interface OperationFilter extends PageOptions {
  status?: OperationReply['status'] | undefined;
  verb?: OperationVerb | undefined;
  projection?: NewOperation['projection'] | undefined;
}

/** A call that decides something about an operation. */
export interface DecideOptions extends WriteOptions {
  /** Kept with the decision. */
  reason?: string | undefined;
}

/** How an operation is read. */
export interface OperationReadOptions extends ReadOptions {
  /** `differences`: what a verification or a repair has found, too. */
  include?: 'differences' | undefined;
}

/** Which part of a diff is asked for. */
export interface DiffOptions extends CallOptions {
  /** All of them when absent. */
  partition?: number | undefined;
  /** The generation it is compared with; the live one when absent. */
  against?: number | undefined;
  /** Most streams that are shown, 0 to 1,000; the server's choice when absent. */
  samples?: number | undefined;
}

/** What operators do. */
export interface OperationCalls {
  /** What an operation would do; nothing is recorded. */
  dryRunOperation(asked: NewOperation, options?: WriteOptions): Promise<Reply<DryRunReply>>;
  planOperation(
    asked: NewOperation,
    options?: WriteOptions,
  ): Promise<Reply<OperationWithPlanReply>>;
  approveOperation(id: string, options?: DecideOptions): Promise<Reply<OperationWithPlanReply>>;
  executeOperation(id: string, options?: WriteOptions): Promise<Reply<OperationWithPlanReply>>;
  cancelOperation(id: string, options?: DecideOptions): Promise<Reply<OperationWithPlanReply>>;
  getOperation(id: string, options?: OperationReadOptions): Promise<Reply<OperationWithPlanReply>>;
  /** Newest first. */
  listOperations(filter?: OperationFilter): Promise<Reply<OperationListReply>>;
  /** Which generations a projection has, and which of them is live. */
  getGenerations(
    projection: NewOperation['projection'],
    options?: CallOptions,
  ): Promise<Reply<GenerationsReply>>;
  /** Compares a generation with the live one. */
  diffGeneration(
    projection: NewOperation['projection'],
    generation: number,
    options?: DiffOptions,
  ): Promise<Reply<DiffReply>>;
}

/** The part of the client for operators. */
export function operationCalls(transport: Transport): OperationCalls {
  const decide =
    (word: string) =>
    (id: string, options: DecideOptions = {}): Promise<Reply<OperationWithPlanReply>> => {
      const { reason } = options;
      const body = reason === undefined ? {} : { reason };
      return transport.json(write(pathTo('operations', id, word), body, options));
    };

  return {
    dryRunOperation: (asked, options = {}) =>
      transport.json(write(pathTo('operations'), { ...asked, dry_run: true }, options)),
    planOperation: (asked, options = {}) =>
      transport.json(write(pathTo('operations'), asked, options)),
    approveOperation: decide('approve'),
    executeOperation: decide('execute'),
    cancelOperation: decide('cancel'),
    getOperation: (id, { include, ...options } = {}) =>
      transport.json(read(pathTo('operations', id), options, { include })),
    listOperations: (filter = {}) => {
      const { status, verb, projection, cursor, limit, ...options } = filter;
      const query = { status, verb, projection, cursor, limit };
      return transport.json(read(pathTo('operations'), options, query));
    },
    getGenerations: (projection, options = {}) =>
      transport.json(read(pathTo('projections', projection, 'generations'), options)),
    diffGeneration: (projection, generation, options = {}) => {
      const { partition, against, samples, ...rest } = options;
      const path = pathTo('projections', projection, 'generations', String(generation), 'diff');
      return transport.json(read(path, rest, { partition, against, samples }));
    },
  };
}
