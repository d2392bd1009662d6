import type {
  CheckpointReply,
  WorkerListReply,
  WorkerReply,
  WorkerStatus,
} from '@refold/contracts';
import {
  ownerQuery,
  pathTo,
  read,
  write,
  type PageOptions,
  type ReadOptions,
  type WriteOptions,
} from './calls.js';
import type { Reply, Transport } from './transport.js';
import type {
  Heartbeat,
  NewWorker,
  NewWorkerStatus,
  WorkerOutcome,
  Owner,
  WorkerStop,
} from './wire.js';

/** Which workers a list shows. */
export interface WorkerFilter extends PageOptions {
  status?: WorkerStatus | undefined;
}

type Written = Promise<Reply<WorkerOutcome>>;

/** Writing and reading workers; every call names the owner. */
export interface WorkerCalls {
  /** Registers a worker, or the same one again. */
  registerWorker(worker: NewWorker, options?: WriteOptions): Written;
  heartbeat(workerId: string, beat: Heartbeat, options?: WriteOptions): Written;
  setWorkerStatus(workerId: string, status: NewWorkerStatus, options?: WriteOptions): Written;
  stopWorker(workerId: string, stop: WorkerStop, options?: WriteOptions): Written;
  getWorker(workerId: string, owner: Owner, options?: ReadOptions): Promise<Reply<WorkerReply>>;
  listWorkers(owner: Owner, filter?: WorkerFilter): Promise<Reply<WorkerListReply>>;
  getWorkerCheckpoint(
    workerId: string,
    owner: Owner,
    options?: ReadOptions,
  ): Promise<Reply<CheckpointReply>>;
}

/** The worker part of the client. */
export function workerCalls(transport: Transport): WorkerCalls {
  return {
    registerWorker: (worker, options = {}) =>
      transport.json(write(pathTo('workers'), worker, options)),
    heartbeat: (workerId, beat, options = {}) =>
      transport.json(write(pathTo('workers', workerId, 'heartbeat'), beat, options)),
    setWorkerStatus: (workerId, status, options = {}) =>
      transport.json(write(pathTo('workers', workerId, 'status'), status, options)),
    stopWorker: (workerId, stop, options = {}) =>
      transport.json(write(pathTo('workers', workerId, 'stop'), stop, options)),
    getWorker: (workerId, owner, options = {}) =>
      transport.json(read(pathTo('workers', workerId), options, ownerQuery(owner))),
    listWorkers: (owner, filter = {}) =>
      transport.json(
        read(pathTo('workers'), filter, {
          ...ownerQuery(owner),
          status: filter.status,
          cursor: filter.cursor,
          limit: filter.limit,
        }),
      ),
    getWorkerCheckpoint: (workerId, owner, options = {}) =>
      transport.json(read(pathTo('workers', workerId, 'checkpoint'), options, ownerQuery(owner))),
  };
}
