import { findJsonFault } from '@refold/contracts';
import type { NewEvent } from '@refold/client';
import type { Trace } from './trace.js';

/** Largest event, as bytes of its line: the 256 KiB of a record, less what its envelope may take. */
export const EVENT_BYTES_MAX = 261_120;
/** A batch ends at whichever comes first. */
export const BATCH_EVENTS_MAX = 100;
export const BATCH_BYTES_MAX = 524_288;

/** An event with its key; `seq` is the place it must get. */
export interface KeyedEvent extends NewEvent {
  idempotency_key: string;
}

/** The key of the event at a place: the same for the same trace, so that sending twice adds nothing. */
export const keyOf = (trace: Trace, seq: number): string => `${trace.runId}:${seq}`;

/** The events of a trace behind `run.started`, each with the key of its place. */
export const keyedEvents = (trace: Trace): KeyedEvent[] =>
  trace.events.map((event, at) => ({ ...event, idempotency_key: keyOf(trace, at + 2) }));

const bytesOf = (event: NewEvent): number => Buffer.byteLength(JSON.stringify(event)) + 1;

/**
 * Why a trace cannot be sent, told before any of it is; null when it can. Nothing is cut to fit: a
 * run with half an observation would be another run.
 */
export function faultOfTrace(trace: Trace): string | null {
  for (const [at, event] of keyedEvents(trace).entries()) {
    const name = `event ${at + 2} (${event.event_type})`;
    const fault = findJsonFault(event.payload ?? null);
    if (fault !== null) return `${name}: payload${fault.pointer}: expected ${fault.expected}`;
    const bytes = bytesOf(event);
    if (bytes > EVENT_BYTES_MAX) {
      return `${name} has ${bytes} bytes; the largest event has ${EVENT_BYTES_MAX}`;
    }
  }
  return null;
}

/** Events cut into batches, in order. */
export function batchesOf(events: readonly KeyedEvent[]): KeyedEvent[][] {
  const batches: KeyedEvent[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const size = bytesOf(event);
    const batch = batches.at(-1);
    if (
      batch === undefined ||
      batch.length === BATCH_EVENTS_MAX ||
      bytes + size > BATCH_BYTES_MAX
    ) {
      batches.push([event]);
      bytes = size;
    } else {
      batch.push(event);
      bytes += size;
    }
  }
  return batches;
}
