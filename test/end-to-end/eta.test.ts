/** What plans and running operations say of the time, held against the time it took. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataFolder, startEmbedded, untilCaughtUp } from './support/embedded-installation.js';
import { EtaFigures } from './support/eta-figures.js';
import { GenerationOperators } from './support/generation-operators.js';
import { startService } from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { LiveLoad } from './support/live-load.js';
import { untilFolded } from './support/oracle.js';
import { Operators, type AskedOperation } from './support/operators.js';
import { seedRuns } from './support/seeded-runs.js';
import type { ServiceProcess } from './support/service-process.js';
import { untilQuiet, untilSteady } from './support/steady-traffic.js';

const RUNS = proofSize({ short: 60, full: 10_000 });
/** One process folds them all, and brings each commit to the disk. */
const EMBEDDED_RUNS = proofSize({ short: 60, full: 2_500 });
const EVENTS_PER_RUN = proofSize({ short: 10, full: 25 });
const SHARE = proofSize({ short: 0.004, full: 0.2 });
/** Of a verification: none was measured, or none with as much of the time. */
const UNLIKE = proofSize({ short: 0.01, full: 1 });
/** Of each verb with each share; a plan knows what those before it took. */
const TIMES = proofSize({ short: 1, full: 3 });
/** Live events a second. */
const RATE = proofSize({ short: 50, full: 1_000 });
const ENDS_WITHIN_MS = 1_200_000;
const SEEDING_MS = 600_000;
const TESTED_MS = 3_600_000;

const asked = (verb: AskedOperation['verb'], share?: number): AskedOperation => ({
  verb,
  arguments: { target: verb === 'reproject' ? 'new-generation' : 'to-earliest' },
  ...(share === undefined ? {} : { share }),
});

/** What is left without a share has the usual one. */
const CASES = [
  ...(['rewind', 'reproject', 'verify', 'repair'] as const).map((verb) => asked(verb, SHARE)),
  ...[asked('rewind'), asked('reproject')],
].slice(0, proofSize({ short: 2, full: 6 }));
const BESIDE_TRAFFIC = CASES.slice(0, proofSize({ short: 0, full: 3 }));

/** Which repetition it is, and on which backend, or the live events a second beside it. */
type Facts = Readonly<Partial<Record<'time' | 'embedded' | 'beside', number>>>;

/** Plans, carries out and reports; what a plan of a generation built is dropped again. */
async function carryOut(url: string, one: AskedOperation, facts: Facts): Promise<void> {
  const operators = new Operators(() => url, ENDS_WITHIN_MS);
  const eta = new EtaFigures();
  const done = await operators.carryOut(
    one,
    () => eta.begun(),
    (operation) => eta.seen(operation),
  );
  const figures = eta.ended(done);
  const { records, streams, generations } = done.plan;
  expect([done.status, done.error]).toEqual(['done', null]);
  expect(done.result.records).toBe(records);
  // A build has those besides that began meanwhile.
  if (facts.beside === undefined) expect(done.result.streams).toBe(streams);
  else expect(done.result.streams).toBeGreaterThanOrEqual(streams);
  expect(eta.done.length).toBeGreaterThan(0);
  expect(eta.done.every((part) => part >= 0 && part <= 1)).toBe(true);
  reportProof({ verb: one.verb, share: one.share ?? 'usual', ...facts, ...figures });
  if (generations !== undefined) {
    await new GenerationOperators(operators).drop(generations.generation);
  }
}

describe('the time that is left', () => {
  let installation: KillableInstallation;
  let services: ServiceProcess[];
  const urlOf = (place: number): string => services[place]?.url ?? '';

  beforeAll(async () => {
    installation = await openKillable();
    // Two projectors: what is told must not depend on who owns a partition.
    services = await Promise.all(
      (['operator-api', 'ingest-api', 'read-api', 'projector', 'projector'] as const).map(
        (service) => startService(installation, service),
      ),
    );
    const { log, store, runs } = installation;
    await seedRuns(installation, { runs: RUNS, eventsPerRun: EVENTS_PER_RUN });
    await untilFolded(log, store, runs, ENDS_WITHIN_MS);
  }, SEEDING_MS);

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await installation.close();
  }, 60_000);

  it.each(CASES)(
    '$verb: is told while it runs, by whichever process it runs in',
    async (one) => {
      for (let n = 1; n <= TIMES; n++) await carryOut(urlOf(0), one, { time: n });
    },
    TESTED_MS,
  );

  it.each(BESIDE_TRAFFIC)(
    '$verb: is planned by the traffic of the time',
    async (one) => {
      let isOver = false;
      const load = new LiveLoad({ ingest: urlOf(1), read: urlOf(2) }, RATE, `live-${one.verb}`);
      const loading = load.run(() => isOver);
      try {
        await untilSteady(installation, RATE);
        for (let n = 1; n <= 2; n++) await carryOut(urlOf(0), one, { beside: RATE });
      } finally {
        isOver = true;
        await loading;
      }
      await untilQuiet(installation);
      await carryOut(urlOf(0), one, { beside: 0 });
    },
    TESTED_MS,
  );

  it(
    'is planned by what was done before, and not guessed where nothing was',
    async () => {
      const operators = new Operators(() => urlOf(0), ENDS_WITHIN_MS);
      const known = await operators.plan(asked('rewind', SHARE));
      expect(known.plan.eta_seconds).toBeGreaterThan(1);
      const unlike = await operators.plan(asked('verify', UNLIKE));
      expect([unlike.plan.eta_seconds, unlike.plan.records_per_second]).toEqual([null, null]);
    },
    SEEDING_MS,
  );
});

describe('the time that is left, on the embedded store', () => {
  let folder: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refold-eta-'));
    const installation = await openDataFolder(folder);
    const { log, runs } = installation;
    await log.ensureTopics([{ name: runs.topic, partitions: runs.partitions }]);
    await seedRuns(installation, { runs: EMBEDDED_RUNS, eventsPerRun: EVENTS_PER_RUN });
    await installation.close();
    ({ service } = await startEmbedded({ settings: { RUNTIME_EVENT_LOG_PATH: folder } }));
    await untilCaughtUp(service);
  }, SEEDING_MS);

  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  }, 60_000);

  it.each(CASES)(
    '$verb: is told while it runs',
    async (one) => {
      for (let n = 1; n <= TIMES; n++) await carryOut(service.url, one, { embedded: n });
    },
    TESTED_MS,
  );
});
