/**
 * node folder-fuzz-child.mjs fill <folder>     writes log and views that have every kind of page
 * node folder-fuzz-child.mjs try <folder> ...  opens each, prints a line of JSON for it, and goes on
 *
 * A line of `try` says `refused` and why, or the digest of everything that is there, of it again after
 * more was written, and after the folder was opened once more.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openEmbedded } from '@refold/embedded';

const TOPIC = 'refold.runs';
const PARTITIONS = 3;
const slotOf = (partition) => ({ projection: 'runs', generation: 1, partition });
const NOTHING = { set: [], push: [], putField: [], dropField: [], rank: [], unrank: [], count: [] };

const open = (folder) => openEmbedded({ folder, clock: () => 1_700_000_000_000 });

async function append({ log }, partition, values) {
  const lane = await log.openLane('embedded');
  const records = values.map((value) => ({
    topic: TOPIC,
    partition,
    key: `run-${partition}`,
    value,
  }));
  await lane.send(records);
}

async function fill(folder) {
  const embedded = await open(folder);
  await embedded.log.ensureTopics([{ name: TOPIC, partitions: PARTITIONS }]);
  for (let n = 0; n < 60; n++) {
    const partition = n % PARTITIONS;
    const size = n % 7 === 0 ? 9_000 : 40 * (n % 9) + 20;
    await append(embedded, partition, [`${n}:${'x'.repeat(size)}`, `${n}:second`, `${n}:third`]);
    const round = Math.floor(n / PARTITIONS);
    const writes = {
      ...NOTHING,
      set: [[`d:${n}`, `document ${n} ${'y'.repeat(size)}`]],
      push: [['timeline', `line ${n}`]],
      putField: [['fields', `f${n}`, String(n)]],
      rank: [['index', `run-${n}`, n * 1000]],
      count: [['events', 3]],
      remove: round > 2 && round % 2 === 0 ? [`d:${n - 2 * PARTITIONS}`] : [],
    };
    const expected = round === 0 ? null : String(round - 1);
    await embedded.store.commit(slotOf(partition), expected, String(round), writes, []);
  }
  await embedded.close();
}

/** Everything that was there when it was filled: records up to `ends`, and the views whole. */
async function digest({ log, store }, ends) {
  const hash = createHash('sha256');
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (let at = 0; at < ends[partition];) {
      const batch = await log.read(TOPIC, partition, at);
      for (const { offset, key, value, timestamp } of batch.records) {
        if (offset < ends[partition]) hash.update(JSON.stringify([offset, key, value, timestamp]));
      }
      at = batch.next;
    }
    const reads = [
      ...Array.from({ length: 60 }, (_, n) => ({ kind: 'get', name: `d:${n}` })),
      { kind: 'list', name: 'timeline' },
      { kind: 'fields', name: 'fields' },
      { kind: 'fields', name: 'counters' },
      { kind: 'ranked', name: 'index', limit: 1000 },
    ];
    const { checkpoint, results } = await store.read(slotOf(partition), reads);
    const plain = results.map((one) => (one instanceof Map ? [...one] : one));
    hash.update(JSON.stringify([checkpoint, plain]));
  }
  return hash.digest('hex');
}

async function attempt(folder) {
  let embedded = await open(folder);
  const ends = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    ends.push((await embedded.log.range(TOPIC, partition)).end);
  }
  const digests = [await digest(embedded, ends)];
  for (let n = 0; n < 20; n++)
    await append(embedded, n % PARTITIONS, [`new ${'z'.repeat(300 * n)}`]);
  digests.push(await digest(embedded, ends));
  await embedded.close();
  embedded = await open(folder);
  digests.push(await digest(embedded, ends));
  await embedded.close();
  return { ends, digests };
}

const [what, ...folders] = process.argv.slice(2);
if (what === 'fill') await fill(folders[0]);
else {
  for (const folder of folders) {
    writeSync(1, `${JSON.stringify({ folder })}\n`);
    let line;
    try {
      line = await attempt(folder);
    } catch (error) {
      line = { refused: error.name, message: error.message };
    }
    writeSync(1, `${JSON.stringify(line)}\n`);
  }
}
