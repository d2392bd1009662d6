import {
  PROJECTOR_SOURCE,
  encodeEnvelope,
  partitionOf,
  subjectOf,
  type JsonValue,
  type OperationOutcome,
  type OperationPlanned,
} from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import type { OutgoingRecord, Projection, RefoldResult } from '@refold/pipeline';
import type { Told } from './operation-teller.js';

/** An event of an operation as a record. The ID says what it tells of, so that telling it twice is one claim. */
export function eventRecord(
  { topic, partitions }: Projection,
  operationId: string,
  id: string,
  type: string,
  data: JsonValue,
  appendonly = true,
): OutgoingRecord {
  return {
    topic,
    partition: partitionOf(operationId, partitions),
    key: operationId,
    value: encodeEnvelope({
      id,
      source: PROJECTOR_SOURCE,
      type,
      subject: subjectOf('operation', operationId),
      appendonly,
      data,
    }),
  };
}

/** `operation.planned` of what a projector noticed itself: no principal planned it. */
export const operationNoticed = (
  operations: Projection,
  operationId: string,
  planned: OperationPlanned,
): OutgoingRecord =>
  eventRecord(operations, operationId, 'planned', 'operation.planned', planned as JsonValue, false);

/** `operation.started` of the same. */
export const operationStarted = (operations: Projection, operationId: string): OutgoingRecord =>
  eventRecord(operations, operationId, 'started', 'operation.started', null);

/** Characters of an error in a record that is to be small. */
const SHORT_MAX = 200;

/** An error as a small record has it; the same one where it is short. */
const shortened = (error: string): string =>
  error.length <= SHORT_MAX
    ? error
    : `${error.slice(0, SHORT_MAX)}… (cut: it has ${error.length} characters)`;

/** The result without its list of differences, of which `drift` still says how many there are; null: it is as small. */
function smallerResult({ differences, error, ...result }: RefoldResult): RefoldResult | null {
  if (differences.length === 0 && (error ?? '').length <= SHORT_MAX) return null;
  return {
    ...result,
    differences: [],
    ...(error === undefined ? {} : { error: shortened(error) }),
  };
}

/** `operation.partition_finished`: what came out in one partition. */
export function partitionFinished(operations: Projection, result: RefoldResult): Told {
  const smaller = smallerResult(result);
  return {
    record: finishedRecord(operations, result),
    smaller: smaller === null ? null : finishedRecord(operations, smaller),
  };
}

function finishedRecord(operations: Projection, result: RefoldResult): OutgoingRecord {
  const { operation, partition, error, differences, drift } = result;
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
    ...(result.stillParked === undefined ? {} : { still_parked: result.stillParked }),
    ...(result.refused === undefined ? {} : { refused: result.refused }),
    ...(Object.keys(drift).length === 0 ? {} : { drift: { ...drift } }),
    ...(differences.length === 0 ? {} : { differences: differences.map((one) => ({ ...one })) }),
    ...(error === undefined ? {} : { error }),
  };
  const type = 'operation.partition_finished';
  return eventRecord(operations, operation, `partition-${partition}`, type, data);
}

/** The worst that came out in a partition is what came out of the operation; nothing is canceled unless somebody asked. */
function outcomeOf(document: OperationDocument): OperationOutcome {
  if ((document.failed_partitions ?? 0) > 0) return 'failed';
  if ((document.canceled_partitions ?? 0) === 0) return 'done';
  return document.cancel_requested_at === undefined ? 'failed' : 'canceled';
}

/** `operation.finished`, once every partition is. */
export function operationFinished(
  operations: Projection,
  operationId: string,
  document: OperationDocument,
): Told {
  const outcome = outcomeOf(document);
  const record = (error: string | undefined): OutgoingRecord => {
    const data = { outcome, ...(outcome === 'failed' && error !== undefined ? { error } : {}) };
    return eventRecord(operations, operationId, 'finished', 'operation.finished', data);
  };
  const { error } = document;
  const isLong = outcome === 'failed' && (error ?? '').length > SHORT_MAX;
  return { record: record(error), smaller: isLong ? record(shortened(error ?? '')) : null };
}
