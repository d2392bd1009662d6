/**
 * Runs are rewound in every way under live traffic: the plan is what is done, the read model is that of a fresh
 * fold and of the independent model, no reader sees less than it was told, and no verdict waits for a rewind.
 */
import { proofSize, reportProof } from '@refold/test-kit';
import { partitionOf } from '@refold/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  PARTITIONS,
  startService,
  startWritePath,
  type WritePath,
} from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { LiveLoad } from './support/live-load.js';
import { untilFolded } from './support/oracle.js';
import { Operators, type AskedOperation } from './support/operators.js';
import { expectRefolded } from './support/refold-equality.js';
import { seedRuns } from './support/seeded-runs.js';
import type { ServiceProcess } from './support/service-process.js';
import { brokenPromises } from './support/verify.js';

const RUNS = proofSize({ short: 100, full: 5_000 });
const EVENTS_PER_RUN = proofSize({ short: 10, full: 40 });
/** Events a second throughout. */
const RATE = proofSize({ short: 50, full: 1_000 });
/** A verdict that waited for a rewind would come later than this, and a rewind here lasts longer. */
const VERDICT_MS_MAX = 20_000;
const ENDS_WITHIN_MS = 1_200_000;

describe('rewinds under live traffic', () => {
  let installation: KillableInstallation;
  let services: WritePath;
  let reads: ServiceProcess;
  let operatorApi: ServiceProcess;

  beforeAll(async () => {
    installation = await openKillable();
    services = await startWritePath(installation);
    [reads, operatorApi] = await Promise.all([
      startService(installation, 'read-api'),
      startService(installation, 'operator-api'),
    ]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([services.stop(), reads.stop(), operatorApi.stop()]);
    await installation.close();
  }, 60_000);

  it('do what their plans say and disturb nobody', async () => {
    const { log, store, runs } = installation;
    const seeded = await seedRuns(installation, { runs: RUNS, eventsPerRun: EVENTS_PER_RUN });
    await untilFolded(log, store, runs, ENDS_WITHIN_MS);
    const load = new LiveLoad({ ingest: services.ingest.url, read: reads.url }, RATE);
    let isOver = false;
    const loading = load.run(() => isOver);
    const operators = new Operators(() => operatorApi.url, ENDS_WITHIN_MS);

    const middle = Math.floor((RUNS * EVENTS_PER_RUN) / PARTITIONS / 2);
    const [one = ''] = seeded.slice(RUNS / 2);
    const asked: [string, Omit<AskedOperation, 'verb'>][] = [
      ['one run', { arguments: { target: 'run', subject: `run/${one}` } }],
      ['one partition', { arguments: { target: 'to-earliest' }, partitions: [1] }],
      ['an offset in the middle', { arguments: { target: 'to-offset', offset: middle } }],
      ['by duration', { arguments: { target: 'by-duration', duration: 'PT1S' } }],
      ['to earliest', { arguments: { target: 'to-earliest' } }],
    ];
    for (const [name, what] of asked) {
      const before = load.waits.length;
      const began = Date.now();
      const done = await operators.carryOut({ verb: 'rewind', ...what });
      const { plan, result, error } = done;
      expect([name, done.status, error]).toEqual([name, 'done', null]);
      expect(result).toMatchObject({
        streams: plan.streams,
        replaced: plan.streams,
        records: plan.records,
        bytes: plan.bytes,
      });
      if (name === 'one run') {
        // Its own partition, from its first event on, and no more.
        expect(plan.partitions.map(({ partition }) => partition)).toEqual([
          partitionOf(one, PARTITIONS),
        ]);
        const [{ read_from: from, to } = { read_from: NaN, to: NaN }] = plan.partitions;
        expect(plan).toMatchObject({ streams: 1, records: EVENTS_PER_RUN });
        expect(plan.read_records).toBeLessThanOrEqual(to - from);
        expect(plan.read_records).toBeLessThan(plan.partitions[0]?.log_end ?? 0);
      }
      reportProof({
        rewind: name,
        streams: result.streams,
        records: result.records,
        read: result.read_records,
        tail: result.tail_records,
        seconds: Math.round((Date.now() - began) / 100) / 10,
        eta_seconds: plan.eta_seconds === null ? 'unknown' : Math.round(plan.eta_seconds * 10) / 10,
        verdicts: load.waits.length - before,
        verdict_ms_p50: Math.round(load.waitOf(0.5, before)),
        verdict_ms_p99: Math.round(load.waitOf(0.99, before)),
        verdict_ms_max: Math.round(load.waitOf(1, before)),
      });
    }
    isOver = true;
    await loading;

    expect(load.stale).toEqual([]);
    expect(load.reads).toBeGreaterThan(0);
    expect(load.waitOf(1)).toBeLessThan(VERDICT_MS_MAX);
    await expectRefolded(installation, [...seeded, ...load.runIds]);
    expect(await brokenPromises(installation, load.acknowledged)).toEqual([]);
    const verify = { verb: 'verify' as const, arguments: { target: 'to-earliest' } };
    const verified = await operators.carryOut(verify);
    expect(verified).toMatchObject({ status: 'done', result: { differing: 0 } });
    reportProof({
      events: RUNS * EVENTS_PER_RUN,
      runs: RUNS,
      live_events: load.acknowledged.length,
      reads: load.reads,
      reads_stale: load.stale.length,
      reads_rebuilding: load.rebuilding,
      verified: verified.result.streams,
    });
  }, 3_600_000);
});
