import {
  encodeEnvelope,
  partitionOf,
  subjectOf,
  type JsonValue,
  type OperationOutcome,
} from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import type { OutgoingRecord, Projection, RefoldResult, StreamDifference } from '@refold/pipeline';

/** The source of what projectors tell of operations. */
const SOURCE = '/refold/projector';

/** Most UTF-16 units of differences in one event: a record takes 256 KiB, and a unit up to 3 bytes. */
const DIFFERENCES_LENGTH_MAX = 65_536;

const ERROR_LENGTH_MAX = 4_096;

/** An event of an operation as a record. The ID says what it tells of, so that telling it twice is one claim. */
function recordOf(
  { topic, partitions }: Projection,
  operationId: string,
  id: string,
  type: string,
  data: JsonValue,
): OutgoingRecord {
  return {
    topic,
    partition: partitionOf(operationId, partitions),
    key: operationId,
    value: encodeEnvelope({
      id,
      source: SOURCE,
      type,
      subject: subjectOf('operation', operationId),
      appendonly: true,
      data,
    }),
  };
}

/** As many differences as an event has room for; `differing` counts all of them. */
function fitting(differences: readonly StreamDifference[]): JsonValue[] {
  let length = 0;
  const isWithin = (one: StreamDifference): boolean => {
    length += JSON.stringify(one).length;
    return length <= DIFFERENCES_LENGTH_MAX;
  };
  const beyond = differences.findIndex((one) => !isWithin(one));
  const kept = beyond === -1 ? differences : differences.slice(0, beyond);
  return kept.map((one) => ({ ...one }));
}

/** `operation.partition_finished`: what came out in one partition. */
export function partitionFinished(operations: Projection, result: RefoldResult): OutgoingRecord {
  const { operation, partition, error } = result;
  const differences = fitting(result.differences);
  const data = {
    partition,
    outcome: result.outcome,
    streams: result.streams,
    replaced: result.replaced,
    records: result.records,
    tail_records: result.tailRecords,
    read_records: result.readRecords,
    bytes: result.bytes,
    read_from: result.readFrom,
    to: result.to,
    differing: result.differing,
    unrebuildable: result.unrebuildable,
    ...(differences.length === 0 ? {} : { differences }),
    ...(error === undefined ? {} : { error: error.slice(0, ERROR_LENGTH_MAX) }),
  };
  const type = 'operation.partition_finished';
  return recordOf(operations, operation, `partition-${partition}`, type, data);
}

/** The worst that came out in a partition is what came out of the operation. */
function outcomeOf(document: OperationDocument): OperationOutcome {
  if ((document.failed_partitions ?? 0) > 0) return 'failed';
  return (document.canceled_partitions ?? 0) > 0 ? 'canceled' : 'done';
}

/** `operation.finished`, once every partition is. */
export function operationFinished(
  operations: Projection,
  operationId: string,
  document: OperationDocument,
): OutgoingRecord {
  const outcome = outcomeOf(document);
  const { error } = document;
  const data = { outcome, ...(outcome === 'failed' && error !== undefined ? { error } : {}) };
  return recordOf(operations, operationId, 'finished', 'operation.finished', data);
}
