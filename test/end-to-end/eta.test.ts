/** What plans and running operations say of the time, held against the time it took. */
import { proofSize, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtaFigures } from './support/eta-figures.js';
import { GenerationOperators } from './support/generation-operators.js';
import { startService } from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { untilFolded } from './support/oracle.js';
import { Operators, type AskedOperation } from './support/operators.js';
import { seedRuns } from './support/seeded-runs.js';
import type { ServiceProcess } from './support/service-process.js';

const RUNS = proofSize({ short: 60, full: 10_000 });
const EVENTS_PER_RUN = proofSize({ short: 10, full: 25 });
const SHARE = proofSize({ short: 0.004, full: 0.2 });
/** Null: none is asked for. */
const SHARES = [SHARE, null].slice(0, proofSize({ short: 1, full: 2 }));
/** Of each verb with each share; a plan knows what those before it took. */
const TIMES = proofSize({ short: 1, full: 3 });
const ENDS_WITHIN_MS = 1_200_000;

/** What is asked for, without its share. */
type Asked = Omit<AskedOperation, 'share'>;

const REWIND: Asked = { verb: 'rewind', arguments: { target: 'to-earliest' } };
const REPROJECT: Asked = { verb: 'reproject', arguments: { target: 'new-generation' } };

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
    const { log, store, runs } = installation;
    await seedRuns(installation, { runs: RUNS, eventsPerRun: EVENTS_PER_RUN });
    await untilFolded(log, store, runs, ENDS_WITHIN_MS);
  }, 600_000);

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await installation.close();
  }, 60_000);

  const operators = () => new Operators(() => services[0]?.url ?? '', ENDS_WITHIN_MS);

  const CASES = SHARES.flatMap((share): [Asked['verb'], Asked, number | null][] => [
    ['rewind', REWIND, share],
    ['reproject', REPROJECT, share],
  ]);

  it.each(CASES)(
    '%s: is told while it runs, by whichever process it runs in',
    async (...one) => {
      const [verb, asked, share] = one;
      for (let n = 0; n < TIMES; n++) {
        const eta = new EtaFigures();
        const done = await operators().carryOut(
          { ...asked, ...(share === null ? {} : { share }) },
          () => eta.begun(),
          (operation) => eta.seen(operation),
        );
        const figures = eta.ended(done);
        const { records, streams, generations } = done.plan;
        expect([done.status, done.error]).toEqual(['done', null]);
        expect(done.result).toMatchObject({ records, streams });
        expect(eta.done.length).toBeGreaterThan(0);
        expect(eta.done.every((part) => part >= 0 && part <= 1)).toBe(true);
        reportProof({ verb, share: share ?? 'usual', time: n + 1, ...figures });
        const built = generations?.generation;
        if (built !== undefined) await new GenerationOperators(operators()).drop(built);
      }
    },
    3_600_000,
  );

  it('is planned by what was done before, and not guessed where nothing was', async () => {
    const asked = { arguments: { target: 'to-earliest' } };
    const known = await operators().plan({
      ...asked,
      verb: 'rewind',
      share: SHARE,
    });
    expect(known.plan.eta_seconds).toBeGreaterThan(1);
    const unlike = await operators().plan({ ...asked, verb: 'verify', share: 0.01 });
    expect([unlike.plan.eta_seconds, unlike.plan.records_per_second]).toEqual([null, null]);
  }, 600_000);
});
