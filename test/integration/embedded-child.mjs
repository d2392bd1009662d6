/**
 * node embedded-child.mjs <folder> <what>   a process that works on a folder until it is ended
 *
 *   work   appends and folds; prints a line of JSON for everything that was acknowledged
 *   fill   appends until it is refused, then shows that it still reads; ends by itself
 *   drain  appends and folds a fixed number of records, prints rates and memory; ends by itself
 */
import { readFileSync, writeSync } from 'node:fs';
import { openEmbedded } from '@refold/embedded';
import { foldInto } from './embedded-fold.mjs';

const TOPIC = 'refold.runs';
const PARTITIONS = 4;
const [folder = '', what = ''] = process.argv.slice(2);

/** Blocking, so that a line is in the pipe before the next step. */
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

async function openOrSay() {
  try {
    return await openEmbedded({ folder, clock: Date.now });
  } catch (error) {
    say({ refused: error.name, message: error.message });
    process.exit(3);
  }
}

const embedded = await openOrSay();
const { log, store } = embedded;
await log.ensureTopics([{ name: TOPIC, partitions: PARTITIONS }]);
say({ open: process.pid });

const record = (partition, value) => ({ topic: TOPIC, partition, key: `run-${partition}`, value });

/** One writer of a partition: batches of 1 to 5 records, for ever. */
async function appendForEver(partition) {
  const sender = await log.openLane(await log.laneOf(TOPIC, partition));
  for (let n = 0; ; n++) {
    const values = Array.from({ length: 1 + (n % 5) }, (_, i) => `${process.pid}:${n}:${i}`);
    const landed = await sender.send(values.map((value) => record(partition, value)));
    landed.forEach(({ offset }, i) => say({ acked: [partition, offset, values[i]] }));
  }
}

async function work() {
  const onCommit = (partition, next) => say({ committed: [partition, next] });
  await log.subscribe('projector', [TOPIC], foldInto(store, onCommit));
  await Promise.all(Array.from({ length: PARTITIONS }, (_, i) => appendForEver(i)));
}

async function fill() {
  let acked = 0;
  for (;;) {
    const sender = await log.openLane('embedded');
    try {
      acked += (await sender.send([record(0, 'x'.repeat(10_000))])).length;
    } catch (error) {
      say({ full: error.name, message: error.message, acked });
      break;
    }
  }
  const again = await log.openLane('embedded');
  const second = await again.send([record(0, 'x'.repeat(10_000))]).catch((error) => error.name);
  const { end } = await log.range(TOPIC, 0);
  say({ second, end, readable: (await log.read(TOPIC, 0, end - 1)).records.length });
  await embedded.close().catch((error) => say({ close: error.name }));
}

/** Memory of its own; pages of the mapped file are the system's, which takes them back at need. */
function ownMegabytes() {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Math.round(Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

async function drain() {
  const total = 100_000;
  const batch = 200;
  let folded = 0;
  const done = new Promise((resolve) => {
    const onCommit = (_partition, _next, count) => {
      folded += count;
      if (folded === total) resolve(undefined);
    };
    void log.subscribe('projector', [TOPIC], foldInto(store, onCommit));
  });
  const from = performance.now();
  const value = 'x'.repeat(250);
  const sender = await log.openLane('embedded');
  for (let n = 0; n < total; n += batch) {
    await sender.send(Array.from({ length: batch }, (_, i) => record((n / batch + i) % 4, value)));
  }
  await done;
  const perSecond = Math.round(total / ((performance.now() - from) / 1000));
  say({ perSecond, ownMb: ownMegabytes() });
  await embedded.close();
}

await { work, fill, drain }[what]?.();
