import { RECORD_BYTES_MAX, type StreamKind } from '@refold/contracts';
import {
  Publisher,
  VerdictDesk,
  type EventLog,
  type ProjectionReader,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { RedactionPolicy } from '@refold/redaction';
import { HTTP_LIMITS, type Logger, type Metrics } from '@refold/service';
import { uuidV7 } from '@refold/serving';
import type { NewId } from './event-id.js';
import { createIngestMeter } from './ingest-meter.js';
import { LogGate } from './log-gate.js';
import { commandRedactor } from './redact-command.js';
import { createSubmission, type Submission } from './submission.js';

/** Wait for a verdict unless the caller prefers another one, milliseconds. */
export const DEFAULT_WAIT_MS = 5_000;

/** Requests that may wait for a verdict at once; one more is answered with 202. */
export const WAITING_MAX = 20_000;

/** What the door is built from. */
export interface IngestPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  readers: Readonly<Record<StreamKind, ProjectionReader>>;
  /** Of this process; names it as the address of verdicts. */
  instance: string;
  logger: Logger;
  metrics: Metrics;
  /** Wait for a verdict unless the caller prefers another one, milliseconds. */
  waitMs: number;
  /** Requests that may wait for a verdict at once; one more is answered with 202. */
  waitingMax: number;
  /** What is taken out of events before they are published. */
  redaction: RedactionPolicy;
  /** Most bytes one record may have, envelope included; {@link RECORD_BYTES_MAX} unless told. */
  eventBytesMax?: number;
  /** Largest body of a batch, bytes; that of the server unless told. */
  batchBytesMax?: number;
}

/** What the routes work with, and how the door opens and closes. */
export interface Ingest {
  readonly submission: Submission;
  readonly readers: IngestPorts['readers'];
  readonly gate: LogGate;
  readonly waitMs: number;
  readonly batchBytesMax: number;
  readonly newId: NewId;
  nowMs(): number;
  /** Records that wait for an acknowledgement of the log. */
  waiting(): number;
  /** Listens for verdicts. */
  start(): Promise<void>;
  /**
   * Nothing more is let in, requests that wait for a verdict are answered with 202, and what the log
   * has not acknowledged within `waitMs` with 503. To be called before the server is closed, which
   * waits for those requests.
   */
  stop(waitMs: number): Promise<void>;
}

/** The door over the ports. Nothing is published before {@link LogGate.open}. */
export function createIngest(ports: IngestPorts): Ingest {
  const { log, store, timing, readers, logger, metrics } = ports;
  const gate = new LogGate(log);
  const publisher = new Publisher({
    log,
    timing,
    trouble(what) {
      gate.suspect();
      logger.warn({ trouble: what }, 'publishing meets trouble');
    },
  });
  const desk = new VerdictDesk(store, timing, ports.instance, ports.waitingMax);
  const meter = createIngestMeter(metrics, publisher);
  const submission = createSubmission({
    publisher,
    desk,
    readers,
    gate,
    timing,
    meter,
    redact: commandRedactor(ports.redaction, meter),
    eventBytesMax: ports.eventBytesMax ?? RECORD_BYTES_MAX,
    trouble: (error, what) => logger.error({ err: error }, what),
  });
  return {
    submission,
    readers,
    gate,
    waitMs: ports.waitMs,
    batchBytesMax: ports.batchBytesMax ?? HTTP_LIMITS.batchBytesMax,
    newId: () => uuidV7(Date.now()),
    nowMs: () => Date.now(),
    waiting: () => publisher.waiting,
    start: () => desk.start(),
    async stop(waitMs) {
      gate.close('the process ends');
      submission.hurry();
      await desk.stop();
      const cancel = timing.after(waitMs, () => submission.abandon());
      await publisher.close(waitMs);
      cancel();
      submission.abandon();
    },
  };
}
