import type { JsonValue } from '@refold/contracts';
import type { StreamEvent } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';

/**
 * Events per chunk. A storage detail: cursors are sequence numbers and never see it. With events of
 * the largest size a chunk has 16 MiB, with usual ones about 16 KiB.
 */
export const CHUNK_EVENTS = 64;

export const chunkOf = (seq: number): number => Math.floor((seq - 1) / CHUNK_EVENTS);
export const firstSeqOf = (chunk: number): number => chunk * CHUNK_EVENTS + 1;

/** What lines are relative to, so that they stay short; from the stream's document. */
export interface TimelineBase {
  createdAt: number;
  first: Offset;
}

/** An event with what is needed to judge a claim of the same identity again. */
export interface TimelineEvent extends StreamEvent {
  offset: Offset;
  expectedSeq: number | null;
}

interface LineSource {
  event: StreamEvent;
  offset: Offset;
  expectedSeq: number | null;
  dataText: string;
}

/**
 * One line: `[type, ms since creation, offset since first, key or 0, flags or 0, data]`. Its place in
 * the chunk is its seq. Flags are `[schema version, expected seq or null, late]` where not `[1, null, false]`.
 */
export function encodeLine(base: TimelineBase, source: LineSource): string {
  const { event, offset, expectedSeq, dataText } = source;
  const plain = event.schemaVersion === 1 && expectedSeq === null && !event.late;
  const flags = plain ? '0' : `[${event.schemaVersion},${expectedSeq ?? 'null'},${event.late}]`;
  const key = event.idempotencyKey === null ? '0' : JSON.stringify(event.idempotencyKey);
  const time = event.recordedAt - base.createdAt;
  return `[${JSON.stringify(event.type)},${time},${offset - base.first},${key},${flags},${dataText}]`;
}

type Flags = [schemaVersion: number, expectedSeq: number | null, late: boolean];
type Line = [string, number, number, string | 0, Flags | 0, JsonValue];

export function decodeLine(base: TimelineBase, seq: number, text: string): TimelineEvent {
  const [type, time, offset, key, flags, data] = JSON.parse(text) as Line;
  const [schemaVersion, expectedSeq, late]: Flags = flags === 0 ? [1, null, false] : flags;
  return {
    seq,
    type,
    schemaVersion,
    data,
    idempotencyKey: key === 0 ? null : key,
    recordedAt: base.createdAt + time,
    late,
    offset: base.first + offset,
    expectedSeq,
  };
}

/** The lines of a chunk, in seq order, from the elements its commits appended. */
export const linesOf = (elements: readonly string[]): string[] =>
  elements.flatMap((element) => element.split('\n'));
