import type { JsonValue } from '@refold/contracts';
import type { OutgoingRecord, Projection, Publisher, PublishOutcome } from '@refold/pipeline';
import type { Logger } from '@refold/service';
import { eventRecord } from './operation-events.js';

/** A part of an operation that publishes a dead letter again. */
export interface LetterJob {
  operationId: string;
  partition: number;
  isCanceled: boolean;
}

/** What came out, as far as it is known. Null: the operation was canceled before. */
type LetterOutcome = Extract<PublishOutcome, { kind: 'appended' | 'refused' }> | null;

/** `operation.partition_finished` of a dead letter. */
function letterFinished(
  operations: Projection,
  { operationId, partition }: LetterJob,
  record: OutgoingRecord,
  outcome: LetterOutcome,
): OutgoingRecord {
  const type = 'operation.partition_finished';
  const nothing = { partition, streams: 0, replaced: 0, records: 0 };
  const tell = (data: { [member: string]: JsonValue }): OutgoingRecord =>
    eventRecord(operations, operationId, `partition-${partition}`, type, { ...nothing, ...data });
  if (outcome === null) return tell({ outcome: 'canceled' });
  if (outcome.kind === 'refused') return tell({ outcome: 'failed', error: outcome.message });
  const { source, id } = JSON.parse(record.value) as { source: string; id: string };
  const place = { topic: record.topic, partition: record.partition, offset: outcome.offset };
  const bytes = Buffer.byteLength(record.key) + Buffer.byteLength(record.value);
  const written = { ...place, source, id };
  return tell({ outcome: 'done', streams: 1, records: 1, bytes, record: written });
}

/**
 * Publishes a dead letter again and returns what is to be told of it; null: not yet, it is tried again. A copy
 * that a retry leaves on the log is the same claim.
 */
export async function republishLetter(
  ports: {
    operations: Projection;
    publisher: Pick<Publisher, 'publish'>;
    logger: Pick<Logger, 'warn'>;
  },
  job: LetterJob,
  record: OutgoingRecord,
): Promise<OutgoingRecord | null> {
  const { operations, publisher, logger } = ports;
  if (job.isCanceled) return letterFinished(operations, job, record, null);
  const outcome = await publisher.publish(record);
  if (outcome.kind === 'appended' || outcome.kind === 'refused') {
    return letterFinished(operations, job, record, outcome);
  }
  logger.warn({ ...job, outcome: outcome.kind }, 'a dead letter was not published again yet');
  return null;
}
