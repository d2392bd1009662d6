import type { BatchReply, JsonValue } from '@refold/contracts';
import { isPending, RefoldProblem, RefoldUnreachable, type RefoldClient } from '@refold/client';
import { basename } from 'node:path';
import type { Pace } from './pace.js';
import { countEvent, resultOf, type Novelty, type Tally, type TraceResult } from './tally.js';
import { batchesOf, faultOfTrace, keyedEvents, keyOf, type KeyedEvent } from './trace-batches.js';
import type { Trace } from './trace.js';
import { memberOf } from './json-shape.js';

/** What sending needs besides the trace. */
export interface Sending {
  client: RefoldClient;
  pace: Pace;
  signal: AbortSignal;
  /** Called after each answer with the number of events it covered. */
  sent(events: number): void;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** One line of a batch as it was answered. */
type Line = BatchReply['results'][number];

/** The run could not be sent as it is; the message says what to do. */
export class TraceRefused extends Error {
  override readonly name = 'TraceRefused';
}

/** How often the rest of a batch is sent again when one of its lines met passing trouble. */
const LINE_TRIES_MAX = 30;
const LINE_PAUSE_MS_MIN = 250;
const LINE_PAUSE_MS_MAX = 5_000;
/** How long one read may wait for the run; the client asks again while it is catching up. */
const READ_WAIT_MS = 10_000;

/** How the server knows the run: its own metadata, with the file it came from. */
const metadataOf = (trace: Trace, source: string): JsonValue => ({
  ...trace.metadata,
  source: basename(source),
});

/** A run of this ID that says it has this content: the same trace under another file name. */
async function isSameTrace(trace: Trace, { client, signal }: Sending): Promise<boolean> {
  const { body } = await client.getRun(trace.runId, { signal });
  return memberOf(body.run.metadata, 'content_sha256') === trace.contentHash;
}

/** Whether an answer was a replay; undefined: it was not decided in time. */
function noveltyOf(replay: boolean | undefined): Novelty {
  if (replay === undefined) return 'undecided';
  return replay ? 'there' : 'new';
}

async function start(trace: Trace, source: string, tally: Tally, sending: Sending) {
  const { client, signal } = sending;
  const run = {
    run_id: trace.runId,
    title: trace.title,
    metadata: metadataOf(trace, source),
    labels: { format: trace.format },
  };
  await sending.pace(1, signal);
  try {
    const options = { idempotencyKey: keyOf(trace, 1), signal };
    const { body, position } = await client.createRun(run, options);
    const replay = isPending(body) ? undefined : body.idempotent_replay;
    countEvent(tally, 'run.started', noveltyOf(replay));
    sending.sent(1);
    return position ?? body.position;
  } catch (error) {
    const taken = error instanceof RefoldProblem && error.code === 'idempotency_conflict';
    if (!taken || !(await isSameTrace(trace, sending))) throw error;
    countEvent(tally, 'run.started', 'there');
    sending.sent(1);
    return null;
  }
}

const isPassing = (line: Line): boolean => line.status === 503 || line.status === 429;

function countLine(line: Line, event: KeyedEvent, tally: Tally): void {
  const decided = line.verdict === 'accepted' || line.verdict === 'duplicate';
  countEvent(tally, event.event_type, noveltyOf(decided ? line.idempotent_replay : undefined));
}

/** The run's place for an event is in its key; any other one means that the run is out of order. */
function assertInPlace(line: Line, event: KeyedEvent): void {
  const place = Number(event.idempotency_key.split(':').at(-1));
  if (line.seq === undefined || line.seq === place) return;
  throw new TraceRefused(
    `event ${place} stands at ${line.seq}: the run is not in the order of its trace, because somebody else wrote to it or a batch was stored in part`,
  );
}

/** Sends one batch; returns the events that have to be sent again, and the position so far. */
async function sendOnce(
  trace: Trace,
  events: readonly KeyedEvent[],
  tally: Tally,
  sending: Sending,
) {
  const { client, signal } = sending;
  const { body } = await client.appendEvents(trace.runId, events, { signal });
  if (body.results.length !== events.length) {
    throw new TraceRefused(
      `${events.length} events were answered with ${body.results.length} lines`,
    );
  }
  for (const [at, event] of events.entries()) {
    const line = body.results[at] as Line;
    if (isPassing(line)) return { rest: events.slice(at), position: body.position };
    if (line.problem !== undefined) {
      throw new TraceRefused(
        `${event.idempotency_key} (${event.event_type}): ${line.problem.detail}`,
      );
    }
    assertInPlace(line, event);
    countLine(line, event, tally);
    sending.sent(1);
  }
  return { rest: [], position: body.position };
}

async function sendBatch(
  trace: Trace,
  batch: readonly KeyedEvent[],
  tally: Tally,
  sending: Sending,
) {
  await sending.pace(batch.length, sending.signal);
  let rest = batch;
  for (let tries = 1; ; tries++) {
    const answer = await sendOnce(trace, rest, tally, sending);
    if (answer.rest.length === 0) return answer.position;
    if (tries === LINE_TRIES_MAX) {
      throw new TraceRefused('the log kept refusing for the moment; import again to resume');
    }
    rest = answer.rest;
    const pauseMs = Math.min(LINE_PAUSE_MS_MAX, LINE_PAUSE_MS_MIN * 2 ** (tries - 1));
    await sending.sleep(pauseMs, sending.signal);
  }
}

/** Reads the run at its position: it must hold every event that was sent. */
async function assertReadable(trace: Trace, position: string | null, sending: Sending) {
  const read = { after: position, waitMs: READ_WAIT_MS, signal: sending.signal };
  const { body } = await sending.client.getRun(trace.runId, read);
  const { last_seq: held } = body.run;
  const wanted = trace.events.length + 1;
  if (held < wanted) {
    throw new TraceRefused(`the run holds ${held} of ${wanted} events; import again to see why`);
  }
}

/**
 * Sends one trace and returns when its run is readable and whole. Every event carries a key made
 * from the run and its place, so a repeated or interrupted import adds only what is missing.
 * A refusal is in the result; thrown is only what ends the import: nobody answers, or it was interrupted.
 */
export async function sendTrace(
  trace: Trace,
  source: string,
  sending: Sending,
): Promise<TraceResult> {
  const result = resultOf(trace, source);
  const fault = faultOfTrace(trace);
  if (fault !== null) return { ...result, failure: fault };
  try {
    let position = await start(trace, source, result.tally, sending);
    for (const batch of batchesOf(keyedEvents(trace))) {
      position = (await sendBatch(trace, batch, result.tally, sending)) ?? position;
    }
    await assertReadable(trace, position, sending);
    return result;
  } catch (error) {
    sending.signal.throwIfAborted();
    if (error instanceof RefoldUnreachable) throw error;
    return { ...result, failure: error instanceof Error ? error.message : String(error) };
  }
}
