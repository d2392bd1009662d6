import type { JsonValue } from '@refold/contracts';
import {
  pathTo,
  read,
  write,
  type Page,
  type PageOptions,
  type ReadOptions,
  type WriteOptions,
} from './calls.js';
import type { Reply, Transport } from './transport.js';
import type { NewWorker, Outcome, Worker, WorkerOwner } from './wire.js';

/** What came of a claim about a worker. */
export type WorkerOutcome = Outcome & { worker?: Worker };

/** Writing and reading workers; every call names the owner. */
export interface WorkerCalls {
  /** Registers a worker, or the same one again. */
  registerWorker(worker: NewWorker, options?: WriteOptions): Promise<Reply<WorkerOutcome>>;
  heartbeat(
    workerId: string,
    beat: WorkerOwner & { metadata_patch?: JsonValue },
    options?: WriteOptions,
  ): Promise<Reply<WorkerOutcome>>;
  setWorkerStatus(
    workerId: string,
    status: WorkerOwner & { status: string; reason?: string },
    options?: WriteOptions,
  ): Promise<Reply<WorkerOutcome>>;
  stopWorker(
    workerId: string,
    stop: WorkerOwner & { reason?: string },
    options?: WriteOptions,
  ): Promise<Reply<WorkerOutcome>>;
  getWorker(
    workerId: string,
    owner: WorkerOwner,
    options?: ReadOptions,
  ): Promise<Reply<{ worker: Worker }>>;
  listWorkers(owner: WorkerOwner, page?: PageOptions): Promise<Reply<Page<'workers', Worker>>>;
  getWorkerCheckpoint(
    workerId: string,
    owner: WorkerOwner,
    options?: ReadOptions,
  ): Promise<Reply<Record<string, unknown>>>;
}

/** The worker part of the client. */
export function workerCalls(transport: Transport): WorkerCalls {
  const ownerQuery = ({ owner_user_id, owner_guest_scope }: WorkerOwner) => ({
    owner_user_id,
    owner_guest_scope,
  });
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
    listWorkers: (owner, page = {}) =>
      transport.json(
        read(pathTo('workers'), page, {
          ...ownerQuery(owner),
          cursor: page.cursor,
          limit: page.limit,
        }),
      ),
    getWorkerCheckpoint: (workerId, owner, options = {}) =>
      transport.json(read(pathTo('workers', workerId, 'checkpoint'), options, ownerQuery(owner))),
  };
}
