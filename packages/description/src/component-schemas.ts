import * as contracts from '@refold/contracts';
import { eventCatalogue, usageSchema, type EventDefinition } from '@refold/contracts';
import type { z } from 'zod';
import { frameVariants, appendVariants, nameOfData } from './body-variants.js';
import { namedSchemas, type JsonSchema, type RefOf } from './json-schema.js';

/** Schemas of what is sent, by the name they have in documents. */
const SENT = {
  CreateRun: contracts.createRunRequest,
  Append: contracts.appendRequest,
  AppendEvent: contracts.appendEventRequest,
  AppendBatch: contracts.appendBatchRequest,
  AppendFrame: contracts.appendFrameRequest,
  CancelRun: contracts.cancelRunRequest,
  RegisterWorker: contracts.registerWorkerRequest,
  WorkerHeartbeat: contracts.workerHeartbeatRequest,
  WorkerStatus: contracts.workerStatusRequest,
  StopWorker: contracts.stopWorkerRequest,
  AppendWorkerEvent: contracts.appendWorkerEventRequest,
  WorkerRequest: contracts.workerRequestRequest,
  PlanOperation: contracts.planOperationRequest,
  DecideOperation: contracts.decideOperationRequest,
  ExecuteOperation: contracts.executeOperationRequest,
} as const satisfies Record<string, z.ZodType>;

/** Schemas of what is received. */
const RECEIVED = {
  Problem: contracts.problemDocumentSchema,
  Freshness: contracts.freshnessSchema,
  Run: contracts.runReply,
  RunRead: contracts.readRunReply,
  RunSnapshot: contracts.runSnapshotReply,
  RunList: contracts.runListReply,
  RunCreated: contracts.createRunReply,
  Event: contracts.eventReply,
  EventList: contracts.eventListReply,
  EventAppended: contracts.appendReply,
  FrameAppended: contracts.frameReply,
  CancelRequested: contracts.cancelReply,
  CancelTooLate: contracts.cancelTooLateReply,
  BatchAppended: contracts.batchReply,
  Pending: contracts.pendingReply,
  ReceiptStatus: contracts.receiptStatusReply,
  RunReceipt: contracts.runReceiptReply,
  RunSummary: contracts.runSummaryReply,
  Checkpoint: contracts.checkpointReply,
  WorkerSnapshot: contracts.workerSnapshot,
  WorkerRead: contracts.workerReply,
  WorkerList: contracts.workerListReply,
  WorkerWritten: contracts.workerWriteReply,
  WorkerRequested: contracts.workerRequestReply,
  Drift: contracts.driftReply,
  Projectors: contracts.projectorsReply,
  DeadLetterList: contracts.deadLetterListReply,
  DeadLetterWithValue: contracts.deadLetterWithValueReply,
  Parked: contracts.parkedReply,
  ParkedList: contracts.parkedListReply,
  Plan: contracts.planReply,
  Operation: contracts.operationReply,
  OperationWithPlan: contracts.operationWithPlanReply,
  OperationList: contracts.operationListReply,
  Explanation: contracts.explanationReply,
  Health: contracts.healthReply,
  Readiness: contracts.readinessReply,
} as const satisfies Record<string, z.ZodType>;

const NAMES: ReadonlyMap<z.ZodType, string> = new Map(
  Object.entries({ ...SENT, ...RECEIVED }).map(([name, schema]) => [schema, name]),
);

/** The name of a schema in documents; undefined: it has none and is written where it is used. */
export const nameOfSchema = (schema: z.ZodType): string | undefined => NAMES.get(schema);

/** The data of every known type of event, by name. */
export const dataSchemas = (
  definitions: readonly EventDefinition[],
  refOf: RefOf,
): Record<string, JsonSchema> => {
  const named = definitions.map(({ type, schema }) => [nameOfData(type), schema] as const);
  const summaries = new Map(definitions.map(({ type, summary }) => [nameOfData(type), summary]));
  const made = namedSchemas({ Usage: usageSchema, ...Object.fromEntries(named) }, 'input', refOf);
  return Object.fromEntries(
    Object.entries(made).map(([name, schema]) => {
      const summary = summaries.get(name);
      return [name, summary === undefined ? schema : { description: summary, ...schema }];
    }),
  );
};

/** Every schema that operations refer to, by name. */
export function componentSchemas(refOf: RefOf): Record<string, JsonSchema> {
  const sent = namedSchemas(SENT, 'input', refOf);
  const data = dataSchemas(eventCatalogue, refOf);
  const { AppendFrame: frame } = sent;
  const { AppendEvent: append, AppendBatch: batch, AppendWorkerEvent: report } = sent;
  return {
    ...namedSchemas(RECEIVED, 'output', refOf),
    ...sent,
    AppendEvent: { ...append, oneOf: appendVariants('run', refOf) },
    AppendFrame: { ...frame, oneOf: frameVariants(data, refOf) },
    AppendWorkerEvent: { ...report, oneOf: appendVariants('worker', refOf) },
    AppendBatch: {
      ...batch,
      items: {
        anyOf: [
          { $ref: refOf('AppendEvent') },
          { description: 'Anything else has its problem in its result.' },
        ],
      },
    },
    ...data,
  };
}
