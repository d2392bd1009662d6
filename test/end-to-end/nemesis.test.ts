/**
 * Brokers, Redis, networks and processes fail side by side while runs are written and traces imported:
 * every acknowledged event is there once with the seq it was told, and the views are those of the model.
 */
import { proofSize, randomOf, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { Gateway } from './support/gateway.js';
import { historyOf } from './support/log-history.js';
import { PATIENCE_MS } from './support/nemesis/fault.js';
import { Fleet } from './support/nemesis/fleet.js';
import { KAFKA_FAULTS } from './support/nemesis/kafka-faults.js';
import { SERVICE_FAULTS } from './support/nemesis/service-faults.js';
import { brokenReceipts, untilWell } from './support/nemesis/promises.js';
import { redisFaults } from './support/nemesis/redis-faults.js';
import { play, shuffled, type Played } from './support/nemesis/schedule.js';
import { WatchingReader } from './support/nemesis/watching-reader.js';
import { recordsOf } from './support/oracle.js';
import { startImport, type ImportReport } from './support/refold-command.js';
import { readRun } from './support/run-snapshot.js';
import { importedByFile, keptCounts, runsByFile } from './support/trace-counts.js';
import { brokenPromises, expectEquality } from './support/verify.js';

const SEED = 20_261_122;
/** How often each fault is played; a short run plays those that take the most away, once. */
const ROUNDS = proofSize({ short: 0, full: 3 });
const SHORT = new Set([
  'acknowledgements of the log are lost',
  'a broker is killed',
  'the end of the append-only file is lost',
  'the replica takes over without the last commits',
  'FLUSHALL',
  'the disk of Redis is full',
  'answers of Redis are lost after it has done the work',
  'a projector is stopped for longer than its session, and wakes up',
]);
/** Acknowledged events between two faults of one schedule. */
const PROGRESS = 30;
const IMPORT_RATE = proofSize({ short: 400, full: 25 });

describe('the nemesis', () => {
  let fleet: Fleet;
  let gateway: Gateway;

  beforeAll(async () => {
    fleet = await Fleet.start();
    gateway = await Gateway.start({
      write: () => fleet.ingestUrl(),
      read: () => fleet.reads.url,
    });
  }, 180_000);

  afterAll(async () => {
    await gateway.stop();
    await fleet.stop();
  }, 120_000);

  it('takes nothing back that was told', async () => {
    const writer = new AckedWriter({
      url: () => fleet.ingestUrl(),
      eventsPerRun: 20,
      concurrency: 8,
      prefix: 'nemesis',
      giveUpMs: PATIENCE_MS,
      pauseMs: 15,
    });
    let ended = false;
    const reader = new WatchingReader(fleet, () => writer.runIds);
    const writing = writer.write(() => ended);
    const watching = reader.watch(() => ended);
    const importing = startImport(gateway.url, '--rate', String(IMPORT_RATE));

    const kinds = [KAFKA_FAULTS, redisFaults(fleet.disks.length === 2), SERVICE_FAULTS];
    const schedules = kinds.map((faults, kind) => {
      const random = randomOf(SEED + kind);
      const short = faults.filter(({ name }) => SHORT.has(name));
      return { faults: ROUNDS > 0 ? shuffled(faults, ROUNDS, random) : short, random };
    });
    const broken = writing.then(() => Promise.reject(new Error('the writer ended early')));
    const playing = play(fleet, schedules, () => writer.more(PROGRESS, PATIENCE_MS));
    const played: Played[] = await Promise.race([playing, broken]);
    ended = true;
    await Promise.all([writing, watching]);

    await untilWell(fleet);
    const { acknowledged, runIds } = writer;
    await expectEquality(fleet.installation, acknowledged, runIds);
    const records = await recordsOf(fleet.installation.log, fleet.installation.runs);
    // The import sends again what was not answered, as the writer does.
    const repeated = new Set([...writer.repeated, ...gateway.repeated]);
    const history = historyOf(records, { acknowledged, order: writer.order, repeated });
    const receipts = await brokenReceipts(fleet, writer);
    reportProof({
      seed: SEED,
      faults: played.length,
      acknowledged: acknowledged.length,
      lost: history.lost.length,
      doubled: history.doubled.length,
      reordered: history.reordered.length,
      copies_of_repeated_requests: history.copies,
      receipts: writer.stored.length,
      broken_receipts: receipts.length,
      reads: reader.answers,
      reads_refused: reader.refused,
      reads_broken: reader.broken.length,
      retried: JSON.stringify(Object.fromEntries(writer.retried)),
    });
    expect(history).toMatchObject({ lost: [], misplaced: [], doubled: [], reordered: [] });
    expect(receipts).toEqual([]);
    expect(reader.broken).toEqual([]);
    expect(reader.answers).toBeGreaterThan(0);
    expect(played).toHaveLength(schedules.reduce((sum, { faults }) => sum + faults.length, 0));
    if (ROUNDS > 0) expect(played.length).toBeGreaterThanOrEqual(60);

    const ending = await importing.finished(600_000);
    // It may say once that it tries again.
    expect(importing.err.replace(/^.*; it is tried again for up to 120 s\n/, '')).toBe('');
    expect(ending).toEqual({ code: 0, signal: null });
    const report = JSON.parse(importing.out) as ImportReport;
    expect(report.complete).toBe(true);
    const imported = report.imported.map(({ run_id: id }) => readRun(fleet.reads.url, id));
    expect(importedByFile(await Promise.all(imported))).toEqual(runsByFile(keptCounts()));
    reportProof({ imported_runs: report.imported.length, imported_events: report.events.new });

    // The checks can fail: an event told another seq, and one that is not there.
    const [first] = acknowledged;
    const changed = { ...first!, seq: first!.seq + 1 };
    expect(await brokenPromises(fleet.installation, [changed])).toHaveLength(1);
    const invented = { ...writer, acknowledged: [{ ...first!, key: 'never sent' }] };
    expect(historyOf(records, invented)).toMatchObject({ lost: ['never sent'] });
  }, 3_600_000);
});
