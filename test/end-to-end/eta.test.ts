/** What a running operation says of the time that is left, held against the time it took. */
import { proofSize, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtaFigures } from './support/eta-figures.js';
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
      const eta = new EtaFigures();
      const done = await operators.carryOut(
        asked,
        () => eta.begun(),
        (operation) => eta.seen(operation),
      );
      const figures = eta.ended(done);
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(eta.done.length).toBeGreaterThan(0);
      expect(eta.done.every((share) => share >= 0 && share <= 1)).toBe(true);
      reportProof({ rewind: n + 1, ...figures });
    }
  }, 3_600_000);
});
