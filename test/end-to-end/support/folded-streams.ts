import { parseSubject, type JsonValue } from '@refold/contracts';
import { ProjectionReader } from '@refold/pipeline';
import type { Installation } from './installation.js';

/** Members of documents that tell of time; the rest must not depend on who wrote when and where. */
const TIMES = new Set(['terminal_at', 'started_at', 'stopped_at', 'last_heartbeat_at']);

const without = (names: ReadonlySet<string>, members: JsonValue): object =>
  Object.fromEntries(Object.entries(members ?? {}).filter(([name]) => !names.has(name)));

/** Longest history of a stream here. */
const EVENTS_MAX = 100_000;

/**
 * Documents, timelines and chain hashes of streams, read through the port; without times, offsets
 * and partitions.
 */
export async function foldedStreams(
  { store, runs, workers, operations }: Installation,
  subjects: Iterable<string>,
): Promise<Record<string, object>> {
  const readers = {
    run: new ProjectionReader(store, runs),
    worker: new ProjectionReader(store, workers),
    operation: new ProjectionReader(store, operations),
  };
  const found: Record<string, object> = {};
  for (const subject of subjects) {
    const stream = parseSubject(subject);
    if (stream === null) throw new Error(`${subject} is no stream`);
    const { kind, streamId } = stream;
    const { document, events } = await readers[kind].timeline(kind, streamId, 0, EVENTS_MAX);
    const { state, views = {}, parked, viewFaults } = document ?? {};
    found[subject] = {
      state: state && [state.seq, state.chain, state.status, state.owner],
      views: Object.entries(views).map(([name, view]) => [name, without(TIMES, view)]),
      faults: [parked, viewFaults],
      events: events.map(({ offset: _offset, recordedAt: _time, ...event }) => event),
    };
  }
  return found;
}
