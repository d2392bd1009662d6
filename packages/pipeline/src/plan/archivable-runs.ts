import { subjectOf } from '@refold/contracts';
import type { RunStatus } from '@refold/contracts';
import { ARCHIVABLE_STATUSES } from '@refold/domain';
import type { RunDocument } from '@refold/domain';
import type { ReadResults, Slot, ViewStore } from '../ports/view-store.js';
import { readDocument } from '../refold/stored-document.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { documentName, indexName } from '../slot/names.js';

/** A run that can be archived. */
export interface ArchivableRun {
  subject: string;
  partition: number;
  /** Events that it holds. */
  events: number;
  /** When it ended, milliseconds of fold time. */
  endedAt: number;
}

/** Members of an index that are read at once, with their documents. */
const PAGE = 200;

const isArchivable = ({ state, parked }: StreamDocument): boolean =>
  parked === null && ARCHIVABLE_STATUSES.some((status) => status === state?.status);

/** Documents of runs, in the order of their IDs; null: there is none, or it cannot be read. */
async function documentsOf(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  runIds: readonly string[],
): Promise<(StreamDocument | null)[]> {
  const { results } = await store.read(
    slot,
    runIds.map((id) => ({ kind: 'get' as const, name: documentName(subjectOf('run', id)) })),
  );
  return results.map(readDocument);
}

const runOf = (slot: Slot, runId: string, document: StreamDocument): ArchivableRun => {
  const view = (document.views['run'] ?? {}) as RunDocument;
  const { seq = 0, updatedAt = 0 } = document.state ?? {};
  return {
    subject: subjectOf('run', runId),
    partition: slot.partition,
    events: seq,
    endedAt: view.terminal_at ?? updatedAt,
  };
};

/** Why a run cannot be archived. */
export type NotArchivable = 'not_found' | 'parked' | 'archived' | 'not_over';

function whyNot(document: StreamDocument | null): NotArchivable {
  if (document?.parked != null) return 'parked';
  if (document?.state == null) return 'not_found';
  return document.state.status === 'archived' ? 'archived' : 'not_over';
}

/** The named runs of one slot; a text instead of one that cannot be archived says why. */
export async function namedRuns(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  runIds: readonly string[],
): Promise<(ArchivableRun | { subject: string; why: NotArchivable })[]> {
  const documents = await documentsOf(store, slot, runIds);
  return runIds.map((runId, at) => {
    const document = documents[at] ?? null;
    if (document !== null && isArchivable(document)) return runOf(slot, runId, document);
    return { subject: subjectOf('run', runId), why: whyNot(document) };
  });
}

/** The statuses of streams of one slot, as it stands, and the checkpoint they belong to; null: no status. */
export async function readStatuses(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  subjects: readonly string[],
): Promise<{ checkpoint: string | null; statuses: (string | null)[] }> {
  const { checkpoint, results } = await store.read(
    slot,
    subjects.map((subject) => ({ kind: 'get' as const, name: documentName(subject) })),
  );
  return { checkpoint, statuses: results.map((text) => readDocument(text)?.state?.status ?? null) };
}

type Place = ReadResults['ranked'][number];

/** Runs with a status, newest by creation first, strictly below a place. */
async function pageOf(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  status: RunStatus,
  before: Place,
): Promise<Place[]> {
  const name = indexName(`runs/status/${status}`);
  const { results } = await store.read(slot, [{ kind: 'ranked', name, before, limit: PAGE }]);
  return results[0];
}

/** Runs of one slot that ended before a time, newest by creation first; read page by page. */
export async function* runsEndedBefore(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  timeMs: number,
): AsyncGenerator<ArchivableRun, void> {
  for (const status of ARCHIVABLE_STATUSES) {
    // One that was created later has not ended before; a member below the smallest comes before all.
    let cursor: Place | undefined = { score: timeMs, member: '' };
    while (cursor !== undefined) {
      const rows = await pageOf(store, slot, status, cursor);
      cursor = rows.length < PAGE ? undefined : rows.at(-1);
      const runIds = rows.map(({ member }) => member);
      const documents = await documentsOf(store, slot, runIds);
      for (const [at, runId] of runIds.entries()) {
        const document = documents[at] ?? null;
        if (document === null || !isArchivable(document)) continue;
        const run = runOf(slot, runId, document);
        if (run.endedAt < timeMs) yield run;
      }
    }
  }
}
