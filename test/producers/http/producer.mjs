/**
 * Sends events to Refold over HTTP.
 * Arguments: URL EVENTS.ndjson
 */
import { readFileSync } from 'node:fs';
import { createRefoldClient, RefoldProblem } from '@refold/client';

const [url = '', path = ''] = process.argv.slice(2);
/** Streams that are written side by side; each in its order. */
const LANES = 8;
/** Events of one request. */
const BATCH = 100;

const client = createRefoldClient({ url });
const events = readFileSync(path, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const streams = new Map();
for (const event of events) {
  if (!streams.has(event.subject)) streams.set(event.subject, []);
  streams.get(event.subject).push(event);
}

/** A refusal is an answer: the event was judged. Everything else ends the program. */
const judged = async (call) => {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RefoldProblem) || error.status >= 429) throw error;
    refused += 1;
  }
};
let refused = 0;

async function sendRun(runId, runEvents) {
  for (let at = 0; at < runEvents.length;) {
    const { type, data, id } = runEvents[at];
    if (type === 'run.started') {
      // The door names the origin itself.
      const run = { run_id: runId, ...data, source: undefined };
      await judged(client.createRun(run, { idempotencyKey: id }));
      at += 1;
      continue;
    }
    const next = runEvents.findIndex((event, i) => i > at && event.type === 'run.started');
    const batch = runEvents.slice(at, Math.min(at + BATCH, next === -1 ? Infinity : next));
    const lines = batch.map((event) => ({
      event_type: event.type,
      payload: event.data,
      idempotency_key: event.id,
      expected_previous_seq: event.expectedseq,
    }));
    const { results } = (await client.appendEvents(runId, lines)).body;
    const failed = results.find(({ status }) => status >= 429);
    if (failed !== undefined) throw new Error(JSON.stringify(failed));
    refused += results.filter(({ status }) => status >= 400).length;
    at += batch.length;
  }
}

async function sendWorker(workerId, workerEvents) {
  const { owner_user_id: owner } = workerEvents[0].data;
  for (const { type, data, id } of workerEvents) {
    const options = { idempotencyKey: id };
    const { status, reason, ...members } = data;
    const asked = { owner_user_id: owner, ...members };
    if (type === 'worker.started') {
      await judged(client.registerWorker({ worker_id: workerId, ...asked }, options));
    } else if (type === 'worker.heartbeat') {
      await judged(client.heartbeat(workerId, asked, options));
    } else if (type === 'worker.stopped') {
      await judged(client.stopWorker(workerId, { ...asked, reason }, options));
    } else {
      await judged(client.setWorkerStatus(workerId, { ...asked, status, reason }, options));
    }
  }
}

const send = (subject, streamEvents) => {
  const [kind, streamId] = subject.split(/\/(.*)/s);
  return kind === 'run' ? sendRun(streamId, streamEvents) : sendWorker(streamId, streamEvents);
};

const waiting = streams.entries();
const lane = async () => {
  for (const [subject, streamEvents] of waiting) await send(subject, streamEvents);
};
try {
  await Promise.all(Array.from({ length: LANES }, lane));
  console.log(`sent ${events.length - refused}, refused ${refused}`);
} catch (error) {
  console.error(`not all were stored; run it again, nothing doubles: ${error}`);
  process.exitCode = 1;
}
