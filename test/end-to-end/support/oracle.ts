import { subjectOf, type StreamKind } from '@refold/contracts';
import type { EventLog, LogRecord, Projection, StreamDocument, ViewStore } from '@refold/pipeline';
import { ProjectionReader } from '@refold/pipeline';
import { createMemoryViewStore, foldLog, modelOf, type Model } from '@refold/test-kit';
import { until } from './until.js';

/** Every record of a topic, partition by partition, as it stands on the log now. */
export async function recordsOf(log: EventLog, projection: Projection): Promise<LogRecord[][]> {
  const all: LogRecord[][] = [];
  for (let partition = 0; partition < projection.partitions; partition++) {
    const { start, end } = await log.range(projection.topic, partition);
    const records: LogRecord[] = [];
    for (let from = start; from < end;) {
      const batch = await log.read(projection.topic, partition, from);
      records.push(...batch.records);
      if (batch.next === from) break;
      from = batch.next;
    }
    all.push(records);
  }
  return all;
}

/** What the independent model says of the log. */
export const modelOfLog = async (log: EventLog, projection: Projection): Promise<Model> =>
  modelOf(projection.kinds[0] ?? 'run', await recordsOf(log, projection));

/** A fresh fold of the whole log into memory, by a projector that shares nothing with those under test. */
export async function freshFold(log: EventLog, projection: Projection): Promise<ViewStore> {
  const store = createMemoryViewStore();
  await foldLog(log, store, projection);
  return store;
}

/** Documents by stream ID, read through the port. */
export async function documentsOf(
  store: ViewStore,
  projection: Projection,
  streamIds: Iterable<string>,
): Promise<Map<string, StreamDocument | null>> {
  const reader = new ProjectionReader(store, projection);
  const kind = projection.kinds[0] ?? 'run';
  const documents = new Map<string, StreamDocument | null>();
  for (const id of streamIds) documents.set(id, (await reader.document(kind, id)).document);
  return documents;
}

/** Waits until every partition is folded to the end of the log; bounded. */
export async function untilFolded(
  log: EventLog,
  store: ViewStore,
  projection: Projection,
  boundMs = 90_000,
): Promise<void> {
  const reader = new ProjectionReader(store, projection);
  for (let partition = 0; partition < projection.partitions; partition++) {
    let next = 0;
    let end = 0;
    await until(
      () => `${projection.topic}/${partition} is folded to ${next} of ${end}`,
      async () => {
        ({ end } = await log.range(projection.topic, partition));
        next = (await reader.checkpoint(partition).catch(() => null))?.next ?? 0;
        return next === end;
      },
      boundMs,
    );
  }
}

/** A document without the number of its copy: a stream that was folded anew is another copy of the same. */
const contentOf = (document: StreamDocument | null): string =>
  JSON.stringify(document === null ? null : { ...document, incarnation: 0 });

/** Differences between two sets of documents and the model, as sentences; empty when all agree. */
export function disagreements(
  documents: ReadonlyMap<string, StreamDocument | null>,
  fresh: ReadonlyMap<string, StreamDocument | null>,
  model: Model,
  kind: StreamKind = 'run',
): string[] {
  const found: string[] = [];
  for (const [id, document] of documents) {
    if (contentOf(document) !== contentOf(fresh.get(id) ?? null)) {
      found.push(`${id}: the document is not that of a fresh fold`);
    }
    const expected = model.streams.get(subjectOf(kind, id));
    const state = document?.state ?? null;
    if (expected === undefined || state === null) {
      if ((expected === undefined) !== (state === null)) found.push(`${id}: exists for one only`);
      continue;
    }
    const told = [state.status, state.seq, state.chain].join(' ');
    const wanted = [expected.status, expected.seq, expected.chain].join(' ');
    if (told !== wanted) found.push(`${id}: folded ${told}, model ${wanted}`);
    const view = (document?.views['run'] ?? {}) as Record<string, unknown>;
    if (kind === 'run' && Number(view['message_count'] ?? 0) !== expected.message_count) {
      found.push(`${id}: message count differs from the model's`);
    }
    if (kind === 'run' && Number(view['tool_call_count'] ?? 0) !== expected.tool_call_count) {
      found.push(`${id}: tool call count differs from the model's`);
    }
  }
  return found;
}
