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

/** What became of a batch. */
export interface BatchOutcome extends Reply<BatchReply> {
  /** The key of each event, given or made, in their order. */
  keys: readonly string[];
}

/** Writing and reading runs. Refusals are thrown as `RefoldProblem`. */
export interface RunCalls {
  /** Publishes `run.started`. The same key and content again give the first answer. */
  createRun(run: NewRun, options?: WriteOptions): Promise<Reply<RunOutcome>>;
  /** Appends one event; a missing key is made. */
  appendEvent(runId: string, event: NewEvent, options?: WriteOptions): Promise<Reply<RunOutcome>>;
  /**
   * Appends events in order, with one result per event; a refused event does not stop the others.
   * Missing keys are made and told with the answer, and with what is thrown where there is none: sent again
   * with them, what was stored counts once. Lines of status 429 and 503 are for the caller to send again.
   */
  appendEvents(
    runId: string,
    events: readonly NewEvent[],
    options?: NamedWriteOptions,
  ): Promise<BatchOutcome>;
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

interface KeyedEvent extends NewEvent {
  idempotency_key: string;
}

const keyed = (event: NewEvent, key?: string): KeyedEvent => ({
  ...event,
  idempotency_key: event.idempotency_key ?? key ?? crypto.randomUUID(),
});

function appendCall(runId: string, event: KeyedEvent, options: WriteOptions): Call {
  return {
    method: 'POST',
    path: pathTo('runs', runId, 'events'),
    body: jsonBody(event),
    headers: { prefer: preferOf(options) },
    keys: [event.idempotency_key],
    signal: options.signal,
  };
}

function batchCall(runId: string, events: readonly KeyedEvent[], options: WriteOptions) {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  return {
    method: 'POST',
    path: pathTo('runs', runId, 'events'),
    body: { type: 'application/x-ndjson', text: lines.join('') },
    headers: { prefer: preferOf(options) },
    keys: events.map(({ idempotency_key: key }) => key),
    signal: options.signal,
  } as const;
}

/** The run part of the client. */
export function runCalls(transport: Transport): RunCalls {
  const getEvents: RunCalls['getEvents'] = (runId, page = {}) =>
    transport.json(read(pathTo('runs', runId, 'events'), page, eventQuery(page)));

  return {
    createRun: (run, options = {}) => transport.json(write(pathTo('runs'), run, options)),
    appendEvent: (runId, event, options = {}) =>
      transport.json(appendCall(runId, keyed(event, options.idempotencyKey), options)),
    async appendEvents(runId, events, options = {}) {
      const call = batchCall(
        runId,
        events.map((event) => keyed(event)),
        options,
      );
      return { ...(await transport.json<BatchReply>(call)), keys: call.keys };
    },
    cancelRun: (runId, reason, options = {}) =>
      transport.json(write(pathTo('runs', runId, 'cancel'), { reason }, options)),
    appendFrame(runId, frame, options = {}) {
      const id = frame.frame_id ?? crypto.randomUUID();
      const path = pathTo('runs', runId, 'frames');
      return transport.json(writeNamed(path, id, { ...frame, frame_id: id }, options));
    },
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
