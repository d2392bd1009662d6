import type {
  DryRunReply,
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
import type { Reply, Transport } from './transport.js';

/** What an operation does with the streams that it is about. */
export type OperationVerb = 'rewind' | 'verify' | 'repair' | 'redrive' | 'skip' | 'republish';

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
  };
}
