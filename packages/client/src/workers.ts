import type {
  CheckpointReply,
  EventListReply,
  EventReply,
  WorkerListReply,
  WorkerReply,
  WorkerStatus,
} from '@refold/contracts';
import {
  eventQuery,
  iteratePages,
  ownerQuery,
  pathTo,
  read,
  write,
  writeNamed,
  type EventPage,
  type PageOptions,
  type ReadOptions,
  type WriteOptions,
} from './calls.js';
import type { RetryTools } from './retry.js';
import type { CallOptions, Reply, Transport } from './transport.js';
import type {
  Heartbeat,
  NewWorker,
  NewWorkerEvent,
  NewWorkerRequest,
  NewWorkerStatus,
  Owner,
  WorkerOutcome,
  WorkerRequestOutcome,
  WorkerStop,
} from './wire.js';

/** Which workers a list shows. */
export interface WorkerFilter extends PageOptions {
  status?: WorkerStatus | undefined;
  workspaceRef?: string | undefined;
}

/** A request as the answer to `requestWorker` told it. */
export interface AskedRequest {
  request_id: string;
  /** Its sequence number, behind which the answer stands; absent: from the beginning. */
  seq?: number | undefined;
}

/** How long to wait for an answer. */
export interface AnswerWait extends CallOptions {
  /** In milliseconds; 30 s when absent. */
  msMax?: number | undefined;
}

const WAIT_MS_MAX = 30_000;
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 1_000;

const ANSWERS: ReadonlySet<string> = new Set(['worker.response', 'worker.error']);

/** Whether an event answers a request; answers name it by its ID. */
function isAnswer({ event_type: type, payload }: EventReply, requestId: string): boolean {
  if (!ANSWERS.has(type) || typeof payload !== 'object' || payload === null) return false;
  return !Array.isArray(payload) && payload['request_id'] === requestId;
}

type Written = Promise<Reply<WorkerOutcome>>;

/** Writing and reading workers; every call names the owner. */
export interface WorkerCalls {
  /** Registers a worker, or the same one again. */
  registerWorker(worker: NewWorker, options?: WriteOptions): Written;
  heartbeat(workerId: string, beat: Heartbeat, options?: WriteOptions): Written;
  setWorkerStatus(workerId: string, status: NewWorkerStatus, options?: WriteOptions): Written;
  stopWorker(workerId: string, stop: WorkerStop, options?: WriteOptions): Written;
  /** What a worker reports; it answers a request with `worker.response` or `worker.error`. */
  appendWorkerEvent(workerId: string, event: NewWorkerEvent, options?: WriteOptions): Written;
  /** Asks a running worker for something; its answer is an event that names the request ID. */
  requestWorker(
    workerId: string,
    request: NewWorkerRequest,
    options?: WriteOptions,
  ): Promise<Reply<WorkerRequestOutcome>>;
  /**
   * Reads on until the worker answered a request, or the time is up: then null. Its answer is an event,
   * `worker.response` or `worker.error`, which is returned as it is.
   */
  waitForAnswer(
    workerId: string,
    owner: Owner,
    request: AskedRequest,
    wait?: AnswerWait,
  ): Promise<EventReply | null>;
  getWorkerEvents(workerId: string, owner: Owner, page?: EventPage): Promise<Reply<EventListReply>>;
  /** Every event of a worker in order, fetched page by page. */
  iterateWorkerEvents(
    workerId: string,
    owner: Owner,
    page?: EventPage,
  ): AsyncGenerator<EventReply, void>;
  getWorker(workerId: string, owner: Owner, options?: ReadOptions): Promise<Reply<WorkerReply>>;
  listWorkers(owner: Owner, filter?: WorkerFilter): Promise<Reply<WorkerListReply>>;
  getWorkerCheckpoint(
    workerId: string,
    owner: Owner,
    options?: ReadOptions,
  ): Promise<Reply<CheckpointReply>>;
}

/** The worker part of the client. */
export function workerCalls(transport: Transport, tools: RetryTools): WorkerCalls {
  const getWorkerEvents: WorkerCalls['getWorkerEvents'] = (workerId, owner, page = {}) =>
    transport.json(
      read(pathTo('workers', workerId, 'events'), page, {
        ...ownerQuery(owner),
        ...eventQuery(page),
      }),
    );

  return {
    registerWorker: (worker, options = {}) =>
      transport.json(write(pathTo('workers'), worker, options)),
    heartbeat: (workerId, beat, options = {}) =>
      transport.json(write(pathTo('workers', workerId, 'heartbeat'), beat, options)),
    setWorkerStatus: (workerId, status, options = {}) =>
      transport.json(write(pathTo('workers', workerId, 'status'), status, options)),
    stopWorker: (workerId, stop, options = {}) =>
      transport.json(write(pathTo('workers', workerId, 'stop'), stop, options)),
    appendWorkerEvent: (workerId, event, options = {}) =>
      transport.json(write(pathTo('workers', workerId, 'events'), event, options)),
    requestWorker: (workerId, request, options = {}) => {
      const path = pathTo('workers', workerId, 'requests');
      const { request_id: id } = request;
      return transport.json(
        id === undefined ? write(path, request, options) : writeNamed(path, id, request, options),
      );
    },
    async waitForAnswer(workerId, owner, request, { msMax = WAIT_MS_MAX, signal } = {}) {
      const deadlineMs = tools.nowMs() + msMax;
      let afterSeq = request.seq;
      for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
        const page = { afterSeq, signal };
        for await (const event of iteratePages(
          (next) => getWorkerEvents(workerId, owner, next),
          page,
        )) {
          if (isAnswer(event, request.request_id)) return event;
          afterSeq = event.seq;
        }
        if (tools.nowMs() + pauseMs > deadlineMs) return null;
        await tools.sleep(pauseMs, signal);
      }
    },
    getWorkerEvents,
    iterateWorkerEvents: (workerId, owner, page = {}) =>
      iteratePages((next) => getWorkerEvents(workerId, owner, next), page),
    getWorker: (workerId, owner, options = {}) =>
      transport.json(read(pathTo('workers', workerId), options, ownerQuery(owner))),
    listWorkers: (owner, filter = {}) =>
      transport.json(
        read(pathTo('workers'), filter, {
          ...ownerQuery(owner),
          status: filter.status,
          workspace_ref: filter.workspaceRef,
          cursor: filter.cursor,
          limit: filter.limit,
        }),
      ),
    getWorkerCheckpoint: (workerId, owner, options = {}) =>
      transport.json(read(pathTo('workers', workerId, 'checkpoint'), options, ownerQuery(owner))),
  };
}
