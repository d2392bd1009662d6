import type { EventReply, RunReply } from '@refold/contracts';
import { read } from './api.js';

/** A run with its whole history as the server shows it, and the tag that carries seq and chain hash. */
export interface ReadRun {
  run: RunReply;
  events: EventReply[];
  tag: string;
}

type Page<Name extends string, Item> = Record<Name, Item[]> & { next_cursor: string | null };

/** Pages smaller than most histories, so that borders are crossed. */
const EVENTS_PAGE = 20;

/** The IDs of all runs, page by page, newest first. */
export async function runIdsOf(url: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await read<Page<'runs', RunReply>>(url, `/runs?limit=30${from}`);
    ids.push(...body.runs.map(({ id }) => id));
    cursor = body.next_cursor;
  }
  return ids;
}

async function eventsOf(url: string, runId: string): Promise<EventReply[]> {
  const events: EventReply[] = [];
  for (let after: string | null = '0'; after !== null;) {
    const path: string = `/runs/${runId}/events?limit=${EVENTS_PAGE}&after_seq=${after}`;
    const { body } = await read<Page<'events', EventReply>>(url, path);
    events.push(...body.events);
    after = body.next_cursor;
  }
  return events;
}

/** One run as it is now. */
export async function readRun(url: string, runId: string): Promise<ReadRun> {
  const { headers, body } = await read<{ run: RunReply }>(url, `/runs/${runId}`);
  return { run: body.run, events: await eventsOf(url, runId), tag: headers.get('etag') ?? '' };
}

/** Every run by its ID. */
export async function readRuns(url: string): Promise<Map<string, ReadRun>> {
  const runs = new Map<string, ReadRun>();
  for (const id of await runIdsOf(url)) runs.set(id, await readRun(url, id));
  return runs;
}

const TIMES_AND_PLACES = new Set([
  'created_at',
  'updated_at',
  'terminal_at',
  'recorded_at',
  'position',
  'freshness',
  'partition',
  'offset',
]);

const without = (members: object): object =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !TIMES_AND_PLACES.has(name)));

/** What must be the same wherever the same events were written: everything but times and places. */
export const snapshotOf = (runs: ReadonlyMap<string, ReadRun>): Record<string, object> =>
  Object.fromEntries(
    [...runs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { run, events, tag }]) => [
        id,
        { run: without(run), events: events.map(without), tag },
      ]),
  );
