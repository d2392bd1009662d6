/**
 * Generations are built without and with live traffic, in turn: live folding stays within its bound, no verdict waits, and a
 * build under traffic keeps half of its rate.
 */
import type { OperationWithPlanReply } from '@refold/contracts';
import { LIVE_LAG_MAX } from '@refold/pipeline';
import { proofSize, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtaFigures } from './support/eta-figures.js';
import { GenerationOperators } from './support/generation-operators.js';
import { startService } from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { LiveLag } from './support/live-lag.js';
import { LiveLoad } from './support/live-load.js';
import { untilFolded } from './support/oracle.js';
import { Operators } from './support/operators.js';
import { ROOT } from './support/program.js';
import { seedRuns } from './support/seeded-runs.js';
import type { ServiceProcess } from './support/service-process.js';
import { untilSteady } from './support/steady-traffic.js';
import { brokenPromises } from './support/verify.js';

const RUNS = proofSize({ short: 100, full: 20_000 });
const EVENTS_PER_RUN = proofSize({ short: 10, full: 25 });
/** Builds without and with traffic, one after the other. */
const PAIRS = proofSize({ short: 1, full: 3 });
/** Live events a second. */
const RATE = proofSize({ short: 50, full: 1_000 });
/** All of the time, as far as live folding leaves it. */
const SHARE = 1;
/** Of the rate without traffic; a short build is over before it has a rate. */
const RATIO_MIN = proofSize({ short: 0, full: 0.5 });
const ENDS_WITHIN_MS = 1_200_000;
const TWO_VIEWS = { nodeArguments: ['--import', `${ROOT}docs/drills/mended-view.mjs`] };

/** Records a second from the start to the end that the log has of an operation. */
function rateOf({ result, started_at: began, finished_at: ended }: OperationWithPlanReply): number {
  const lastedMs = Date.parse(ended ?? '') - Date.parse(began ?? '');
  return Math.round((result.read_records * 1_000) / lastedMs);
}

const median = (rates: readonly number[]): number =>
  [...rates].sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? Number.NaN;

describe('the rate of reprojections', () => {
  let installation: KillableInstallation;
  let services: ServiceProcess[];
  const urlOf = (place: number): string => services[place]?.url ?? '';

  beforeAll(async () => {
    installation = await openKillable();
    services = await Promise.all([
      startService(installation, 'operator-api', TWO_VIEWS),
      startService(installation, 'ingest-api'),
      startService(installation, 'read-api', TWO_VIEWS),
      startService(installation, 'projector', TWO_VIEWS),
    ]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await installation.close();
  }, 60_000);

  /** Records a second that the log is read with, and nothing done with them. */
  const readingRate = async (): Promise<number> => {
    const { log, runs } = installation;
    const began = performance.now();
    let records = 0;
    for (let partition = 0; partition < runs.partitions; partition++) {
      const { start, end } = await log.range(runs.topic, partition);
      for (let at = start; at < end;) {
        const batch = await log.read(runs.topic, partition, at);
        records += batch.records.length;
        at = batch.next;
      }
    }
    return Math.round((records * 1_000) / (performance.now() - began));
  };

  it('is kept by half under live traffic, which does not notice', async () => {
    const { log, store, runs } = installation;
    await seedRuns(installation, { runs: RUNS, eventsPerRun: EVENTS_PER_RUN });
    await untilFolded(log, store, runs, ENDS_WITHIN_MS);
    const operators = new Operators(() => urlOf(0), ENDS_WITHIN_MS);
    const generations = new GenerationOperators(operators, ENDS_WITHIN_MS);
    const rates = { alone: [] as number[], beside: [] as number[] };
    const build = async (name: keyof typeof rates) => {
      const eta = new EtaFigures();
      const { built, generation } = await generations.build(
        'run@1',
        SHARE,
        () => eta.begun(),
        (operation) => eta.seen(operation),
      );
      const figures = eta.ended(built);
      expect([built.status, built.error]).toEqual(['done', null]);
      rates[name].push(rateOf(built));
      reportProof({ build: name, rate: rateOf(built), ...figures });
      return generation;
    };
    for (let pair = 1; pair <= PAIRS; pair++) {
      await untilSteady(installation, 0);
      await generations.drop(await build('alone'));
      let isOver = false;
      const urls = { ingest: urlOf(1), read: urlOf(2) };
      const load = new LiveLoad(urls, RATE, `live-${pair}`);
      const lag = new LiveLag(urls.read);
      const loading = Promise.all([load.run(() => isOver), lag.watch(() => isOver)]);
      await untilSteady(installation, RATE);
      const generation = await build('beside');
      isOver = true;
      await loading;
      expect(lag.looks).toBeGreaterThan(0);
      expect(lag.events).toBeLessThanOrEqual(LIVE_LAG_MAX);
      expect(load.stale).toEqual([]);
      expect(await brokenPromises(installation, load.acknowledged)).toEqual([]);
      await generations.drop(generation);
      reportProof({
        live_events: load.acknowledged.length,
        ...{ lag_events_max: lag.events, lag_ms_max: lag.ms, lag_looks: lag.looks },
        verdict_ms_p50: Math.round(load.waitOf(0.5)),
        verdict_ms_p99: Math.round(load.waitOf(0.99)),
        verdict_ms_max: Math.round(load.waitOf(1)),
      });
    }
    const ratio = median(rates.beside) / median(rates.alone);
    reportProof({
      events: RUNS * EVENTS_PER_RUN,
      live_events_a_second: RATE,
      reading_alone_rate: await readingRate(),
      rate_alone: median(rates.alone),
      rate_beside_traffic: median(rates.beside),
      ratio: Math.round(ratio * 100) / 100,
    });
    expect(ratio).toBeGreaterThanOrEqual(RATIO_MIN);
  }, 3_600_000);
});
