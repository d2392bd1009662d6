/** What a running operation says of the time that is left, held against the time it took. */
import { proofSize, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService } from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { untilFolded } from './support/oracle.js';
import { Operators } from './support/operators.js';
import { seedRuns } from './support/seeded-runs.js';
import type { ServiceProcess } from './support/service-process.js';

const RUNS = proofSize({ short: 60, full: 4_000 });
const EVENTS_PER_RUN = proofSize({ short: 10, full: 25 });
const SHARE = proofSize({ short: 0.02, full: 0.25 });
/** Rewinds; a plan knows the rate of the one before. */
const REWINDS = proofSize({ short: 1, full: 3 });
const ENDS_WITHIN_MS = 1_200_000;

/** Something that an operation said of its end, and when. */
interface Said {
  atMs: number;
  done: number;
  etaMs: number;
}

/** How far off it was of the time that was left, as a share of the whole; the median of all. */
function errorOf(said: readonly Said[], endMs: number): number {
  const errors = said.map(({ atMs, etaMs }) => Math.abs(etaMs - (endMs - atMs)) / endMs);
  return errors.sort((a, b) => a - b)[Math.floor(errors.length / 2)] ?? Number.NaN;
}

const percent = (share: number): number => Math.round(share * 1_000) / 10;

describe('the time that is left', () => {
  let installation: KillableInstallation;
  let services: ServiceProcess[];

  beforeAll(async () => {
    installation = await openKillable();
    // Two projectors: what is told must not depend on who owns a partition.
    services = await Promise.all(
      (['operator-api', 'ingest-api', 'projector', 'projector'] as const).map((service) =>
        startService(installation, service),
      ),
    );
  }, 120_000);

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await installation.close();
  }, 60_000);

  it('is told while an operation runs, by whichever process it runs in', async () => {
    const { log, store, runs } = installation;
    await seedRuns(installation, { runs: RUNS, eventsPerRun: EVENTS_PER_RUN });
    await untilFolded(log, store, runs, ENDS_WITHIN_MS);
    const operators = new Operators(() => services[0]?.url ?? '', ENDS_WITHIN_MS);
    for (let n = 0; n < REWINDS; n++) {
      const asked = { verb: 'rewind' as const, arguments: { target: 'to-earliest' }, share: SHARE };
      const said: Said[] = [];
      let began = 0;
      const done = await operators.carryOut(
        asked,
        () => void (began = performance.now()),
        ({ progress }) => {
          if (progress?.eta_seconds == null) return;
          const atMs = performance.now() - began;
          said.push({ atMs, done: progress.done, etaMs: progress.eta_seconds * 1_000 });
        },
      );
      const endMs = performance.now() - began;
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(said.length).toBeGreaterThan(0);
      expect(said.every(({ done: share }) => share >= 0 && share <= 1)).toBe(true);
      const quarter = (from: number): Said[] =>
        said.filter(({ atMs }) => atMs >= (from * endMs) / 4 && atMs < ((from + 1) * endMs) / 4);
      reportProof({
        rewind: n + 1,
        records: done.result.records,
        seconds: Math.round(endMs / 100) / 10,
        plan_eta_seconds: Math.round((done.plan.eta_seconds ?? 0) * 10) / 10,
        plan_off_percent: percent(Math.abs((done.plan.eta_seconds ?? 0) * 1_000 - endMs) / endMs),
        told: said.length,
        off_percent_1st_quarter: percent(errorOf(quarter(0), endMs)),
        off_percent_2nd_quarter: percent(errorOf(quarter(1), endMs)),
        off_percent_3rd_quarter: percent(errorOf(quarter(2), endMs)),
        off_percent_4th_quarter: percent(errorOf(quarter(3), endMs)),
      });
    }
  }, 3_600_000);
});
