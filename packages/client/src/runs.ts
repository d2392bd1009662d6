import type {
  BatchReply,
  CheckpointReply,
  EventListReply,
  EventReply,
  RunListReply,
  RunReceiptReply,
  RunReply,
  RunSnapshotReply,
  RunStatus,
  RunSummaryReply,
} from '@refold/contracts';
import {
  eventQuery,
  iteratePages,
  jsonBody,
  ownerQuery,
  pathTo,
  preferOf,
  read,
  write,
  writeNamed,
  type EventPage,
  type NamedWriteOptions,
  type PageOptions,
  type ReadOptions,
  type WriteOptions,
} from './calls.js';
import type { Call, Reply, Transport } from './transport.js';
import type {
  CancelOutcome,
  FrameOutcome,
  NewEvent,
  NewFrame,
  NewRun,
  Owner,
  RunOutcome,
} from './wire.js';

/** Which runs a list shows. */
export interface RunFilter extends PageOptions {
  owner?: Owner | undefined;
  status?: RunStatus | undefined;
  workerId?: string | undefined;
}

/** Which run a snapshot is of. */
export interface SnapshotOptions extends ReadOptions {
  /** The thread it must belong to; not found otherwise. */
  threadId?: string | undefined;
}

/** Writing and reading runs. Refusals are thrown as `RefoldProblem`. */
export interface RunCalls {
  /** Publishes `run.started`. The same key and content again give the first answer. */
  createRun(run: NewRun, options?: WriteOptions): Promise<Reply<RunOutcome>>;
  /** Appends one event; a missing key is made. */
  appendEvent(runId: string, event: NewEvent, options?: WriteOptions): Promise<Reply<RunOutcome>>;
  /**
   * Appends events in order, with one result per event; a refused event does not stop the others.
   * Missing keys are made, so that the whole batch may be repeated.
   */
  appendEvents(
    runId: string,
    events: readonly NewEvent[],
    options?: NamedWriteOptions,
  ): Promise<Reply<BatchReply>>;
  /** Gives a run an input; its ID, made when absent, is its key: the same frame counts once. */
  appendFrame(
    runId: string,
    frame: NewFrame,
    options?: NamedWriteOptions,
  ): Promise<Reply<FrameOutcome>>;
  /** Asks a run to stop; `cancel_requested` is false when it was over already. */
  cancelRun(runId: string, reason?: string, options?: WriteOptions): Promise<Reply<CancelOutcome>>;
  getRunSnapshot(runId: string, options?: SnapshotOptions): Promise<Reply<RunSnapshotReply>>;
  getRun(runId: string, options?: ReadOptions): Promise<Reply<{ run: RunReply }>>;
  listRuns(filter?: RunFilter): Promise<Reply<RunListReply>>;
  getEvents(runId: string, page?: EventPage): Promise<Reply<EventListReply>>;
  /** Every event of a run in order, fetched page by page. */
  iterateEvents(runId: string, page?: EventPage): AsyncGenerator<EventReply, void>;
  getRunReceipt(runId: string, options?: ReadOptions): Promise<Reply<RunReceiptReply>>;
  /** The run as NDJSON, each line a `ReplayLine`. */
  getReplay(runId: string, options?: ReadOptions): Promise<Reply<string>>;
  getRunCheckpoint(runId: string, options?: ReadOptions): Promise<Reply<CheckpointReply>>;
  getRunSummary(runId: string, options?: ReadOptions): Promise<Reply<RunSummaryReply>>;
}

const keyed = (event: NewEvent, key?: string): NewEvent => ({
  ...event,
  idempotency_key: event.idempotency_key ?? key ?? crypto.randomUUID(),
});

function appendCall(runId: string, event: NewEvent, options: WriteOptions): Call {
  return {
    method: 'POST',
    path: pathTo('runs', runId, 'events'),
    body: jsonBody(keyed(event, options.idempotencyKey)),
    headers: { prefer: preferOf(options) },
    signal: options.signal,
  };
}

function batchCall(runId: string, events: readonly NewEvent[], options: WriteOptions): Call {
  const lines = events.map((event) => `${JSON.stringify(keyed(event))}\n`);
  return {
    method: 'POST',
    path: pathTo('runs', runId, 'events'),
    body: { type: 'application/x-ndjson', text: lines.join('') },
    headers: { prefer: preferOf(options) },
    signal: options.signal,
  };
}

/** The run part of the client. */
export function runCalls(transport: Transport): RunCalls {
  const getEvents: RunCalls['getEvents'] = (runId, page = {}) =>
    transport.json(read(pathTo('runs', runId, 'events'), page, eventQuery(page)));

  return {
    createRun: (run, options = {}) => transport.json(write(pathTo('runs'), run, options)),
    appendEvent: (runId, event, options = {}) => transport.json(appendCall(runId, event, options)),
    appendEvents: (runId, events, options = {}) =>
      transport.json(batchCall(runId, events, options)),
    cancelRun: (runId, reason, options = {}) =>
      transport.json(write(pathTo('runs', runId, 'cancel'), { reason }, options)),
    appendFrame: (runId, frame, options = {}) =>
      transport.json(
        writeNamed(
          pathTo('runs', runId, 'frames'),
          { ...frame, frame_id: frame.frame_id ?? crypto.randomUUID() },
          options,
        ),
      ),
    getRunSnapshot: (runId, options = {}) =>
      transport.json(
        read(pathTo('runs', runId, 'snapshot'), options, { thread_id: options.threadId }),
      ),
    getRun: (runId, options = {}) => transport.json(read(pathTo('runs', runId), options)),
    listRuns: (filter = {}) =>
      transport.json(
        read(pathTo('runs'), filter, {
          ...ownerQuery(filter.owner ?? {}),
          status: filter.status,
          worker_id: filter.workerId,
          cursor: filter.cursor,
          limit: filter.limit,
        }),
      ),
    getEvents,
    iterateEvents: (runId, page = {}) => iteratePages((next) => getEvents(runId, next), page),
    getRunReceipt: (runId, options = {}) =>
      transport.json(read(pathTo('runs', runId, 'receipt'), options)),
    getReplay: (runId, options = {}) =>
      transport.text(read(pathTo('runs', runId, 'replay'), options)),
    getRunCheckpoint: (runId, options = {}) =>
      transport.json(read(pathTo('projectors', 'checkpoints', runId), options)),
    getRunSummary: (runId, options = {}) =>
      transport.json(read(pathTo('projectors', 'run-summary', runId), options)),
  };
}
