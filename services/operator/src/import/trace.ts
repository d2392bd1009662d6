import type { JsonValue } from '@refold/contracts';

/** The trace formats that can be imported. */
export const TRACE_FORMATS = ['tau-bench', 'swe-agent'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** A JSON object. */
export type JsonObject = { [member: string]: JsonValue };

/** One event of a trace, without the keys that sending adds. */
export interface TraceEvent {
  event_type: string;
  payload: JsonObject;
}

/** What a reader makes of one trace: pure, the same for the same content. */
export interface TraceReading {
  /** What a list shows of the run; at most 512 characters. */
  title: string;
  /** What the file says of the run besides its events: task, trial, environment. */
  metadata: JsonObject;
  /** Everything after `run.started`, in order; the last one is `run.finished`. */
  events: TraceEvent[];
}

/** A trace as a run, ready to be sent. */
export interface Trace extends TraceReading {
  format: TraceFormat;
  /** `imp_` and 32 hex digits of the SHA-256 of the trace's content. */
  runId: string;
  /** The whole SHA-256 of the trace's content, 64 hex digits. */
  contentHash: string;
}

/** How many of a trace's events are messages or tool calls. */
export const countOf = (trace: TraceReading, eventType: string): number =>
  trace.events.filter(({ event_type }) => event_type === eventType).length;
