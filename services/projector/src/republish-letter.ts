import type { JsonValue } from '@refold/contracts';
import type { OutgoingRecord, Projection, Publisher, PublishOutcome } from '@refold/pipeline';
import type { Logger } from '@refold/service';
import { eventRecord } from './operation-events.js';

/** A part of an operation that publishes a dead letter again. */
export interface LetterJob {
  operationId: string;
  partition: number;
}

type LetterOutcome = Extract<PublishOutcome, { kind: 'appended' | 'refused' }>;

/** Whether every try at the same record comes to the same, so that none of them has stored it. */
const isFinal = ({ reason }: Extract<PublishOutcome, { kind: 'refused' }>): boolean =>
  reason === 'too_large' || reason === 'invalid';

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
  if (outcome.kind === 'refused') return tell({ outcome: 'failed', error: outcome.message });
  const { source, id } = JSON.parse(record.value) as { source: string; id: string };
  const place = { topic: record.topic, partition: record.partition, offset: outcome.offset };
  const bytes = Buffer.byteLength(record.key) + Buffer.byteLength(record.value);
  const written = { ...place, source, id };
  return tell({ outcome: 'done', streams: 1, records: 1, bytes, record: written });
}

/**
 * Publishes a dead letter again and returns what is to be told of it; null: not yet, it is tried again. A copy
 * that a retry leaves on the log is the same claim. It is done whatever was asked for meanwhile: another process
 * may have published the record and ended before it told so, and what is told to have come to nothing is
 * published as another record.
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
  const outcome = await publisher.publish(record);
  if (outcome.kind === 'appended' || (outcome.kind === 'refused' && isFinal(outcome))) {
    return letterFinished(operations, job, record, outcome);
  }
  logger.warn({ ...job, outcome }, 'a dead letter was not published again yet');
  return null;
}
