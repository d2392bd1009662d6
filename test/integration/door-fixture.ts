import { createRedactionPolicy } from '@refold/redaction';
import { replyChannel, type Verdict } from '@refold/contracts';
import { createIngest, ingestRoutes } from '@refold/ingest-api';
import { ProjectionReader, type EventLog, type ViewStore } from '@refold/pipeline';
import { createHttpServer, createLogger, createMetrics } from '@refold/service';
import { guardRoutes, installationOf, machineTiming, toProblem } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';

const INSTANCE = 'door';
const PARTITIONS = 4;

/** What a test may put in the place of a port, or of a part of it. */
export interface DoorOptions {
  log?: Partial<EventLog>;
  store?: Partial<ViewStore>;
  recordBytesMax?: number;
  waitMs?: number;
  waitingMax?: number;
}

/** A reply, its JSON parsed. */
export interface DoorReply {
  status: number;
  headers: Readonly<Record<string, unknown>>;
  body: Record<string, unknown>;
}

/** A door without a projector: verdicts come from the test. */
export async function openDoor(options: DoorOptions = {}) {
  const { recordBytesMax } = options;
  const clock = Date.now;
  const memoryLog = createMemoryEventLog({
    clock,
    ...(recordBytesMax === undefined ? {} : { recordBytesMax }),
  });
  const memoryStore = createMemoryViewStore();
  const installation = installationOf('door', PARTITIONS);
  await memoryLog.ensureTopics(installation.specs);
  const log: EventLog = { ...memoryLog, ...options.log };
  const store: ViewStore = {
    check: () => memoryStore.check(),
    pin: (...given) => memoryStore.pin(...given),
    read: (slot, reads) => memoryStore.read(slot, reads),
    commit: (...given) => memoryStore.commit(...given),
    listen: (...given) => memoryStore.listen(...given),
    ping: () => memoryStore.ping(),
    close: () => memoryStore.close(),
    ...options.store,
  };
  const { runs, workers, operations } = installation.projections;
  const metrics = createMetrics('door');
  const logger = createLogger({ service: 'door', level: 'silent' });
  const ingest = createIngest({
    log,
    store,
    timing: machineTiming,
    readers: {
      run: new ProjectionReader(store, runs),
      worker: new ProjectionReader(store, workers),
      operation: new ProjectionReader(store, operations),
    },
    instance: INSTANCE,
    logger,
    metrics,
    waitMs: options.waitMs ?? 5_000,
    waitingMax: options.waitingMax ?? 100,
    redaction: createRedactionPolicy(),
  });
  await ingest.start();
  const app = createHttpServer({ logger, metrics, toProblem });
  guardRoutes(app, null);
  ingestRoutes(app, ingest);
  await app.ready();

  const post = async (path: string, body: unknown, headers = {}): Promise<DoorReply> => {
    const reply = await app.inject({
      method: 'POST',
      url: `/internal/v1${path}`,
      payload: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { status: reply.statusCode, headers: reply.headers, body: reply.json() };
  };

  /** Every record of the runs topic, as its envelope and its place. */
  const records = () =>
    Array.from({ length: PARTITIONS }, (_, partition) =>
      memoryLog.records(runs.topic, partition).map(({ offset, value }) => ({
        partition,
        offset,
        envelope: JSON.parse(value ?? '') as Record<string, unknown>,
      })),
    ).flat();

  let commits = 0;
  /** Sends a verdict on the record at a place, as a projector would. */
  const judge = (
    { partition, offset }: { partition: number; offset: number },
    verdict: Verdict,
  ) => {
    const notice = { topic: runs.topic, partition, offset, verdict };
    const message = JSON.stringify([notice]);
    const slot = { projection: 'test', generation: 1, partition: 0 };
    const expected = commits === 0 ? null : `c${commits}`;
    memoryStore.commitNow(slot, expected, `c${++commits}`, NO_WRITES, [
      { channel: replyChannel(INSTANCE), message },
    ]);
  };

  return { app, ingest, memoryLog, memoryStore, post, records, judge };
}

const NO_WRITES = {
  set: [],
  push: [],
  putField: [],
  dropField: [],
  rank: [],
  unrank: [],
  count: [],
  remove: [],
};
