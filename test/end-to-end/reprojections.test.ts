/**
 * Projectors, operator API and Redis are killed at random moments of builds, swaps and rollbacks of generations under live
 * traffic: every operation ends, none half done, readers see one generation at a time, and nothing acknowledged is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationWithPlanReply } from '@refold/contracts';
import { proofSize, randomOf, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { GenerationOperators } from './support/generation-operators.js';
import { startService } from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { documentsOf, freshFold, untilFolded } from './support/oracle.js';
import { Operators } from './support/operators.js';
import { PartitionsPoll } from './support/partitions-poll.js';
import { ROOT } from './support/program.js';
import { seedRuns } from './support/seeded-runs.js';
import type { ServiceProcess } from './support/service-process.js';
import { expectEquality } from './support/verify.js';

const REPROJECTIONS = proofSize({ short: 1, full: 20 });
const SWAPS = proofSize({ short: 1, full: 10 });
const SEED = 20_261_130;
const RUNS = proofSize({ short: 100, full: 5_000 });
const EVENTS_PER_RUN = 10;
/** So little of the time that a build lasts for seconds, and something can happen meanwhile. */
const SHARE = proofSize({ short: 0.02, full: 0.1 });
const KILLED_WITHIN_MS = proofSize({ short: 800, full: 1_500 });
const PROJECTORS = proofSize({ short: 1, full: 2 });
const PAUSE_MS = proofSize({ short: 20, full: 100 });
/** A member that was killed is gone after this, and its partitions go to another one. */
const SETTINGS = { REFOLD_KAFKA_SESSION_MS: '2000' };
/** A build with two versions of the view of runs: 1 miscounts messages, 2 is as it should be. */
const TWO_VIEWS = ['--import', `${ROOT}docs/drills/mended-view.mjs`];
const OTHER_VIEWS = { 'run@1': 'run@2', 'run@2': 'run@1' } as const;

describe('kill -9 at random moments of reprojections and swaps', () => {
  let installation: KillableInstallation;
  let projectors: ServiceProcess[];
  let ingest: ServiceProcess;
  let operatorApi: ServiceProcess;

  beforeAll(async () => {
    installation = await openKillable('always');
    const options = { settings: SETTINGS, nodeArguments: TWO_VIEWS };
    [ingest, operatorApi, ...projectors] = await Promise.all([
      startService(installation, 'ingest-api', { settings: SETTINGS }),
      startService(installation, 'operator-api', options),
      ...Array.from({ length: PROJECTORS }, () => startService(installation, 'projector', options)),
    ]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([ingest, operatorApi, ...projectors].map((service) => service.stop()));
    await installation.close();
  }, 60_000);

  const random = randomOf(SEED);
  const victims: Record<string, () => Promise<void>> = {
    projector: () => random.pick(projectors).crash(),
    'operator API': () => operatorApi.crash(),
    Redis: async () => {
      await installation.redis.kill();
      await sleep(200);
      installation.redis.restart();
    },
  };

  it('ends every one, and leaves what a fresh fold and the model say', async () => {
    const { log, store, runs, operations } = installation;
    const seeded = await seedRuns(installation, { runs: RUNS, eventsPerRun: EVENTS_PER_RUN });
    await untilFolded(log, store, runs);
    const writer = new AckedWriter({
      url: () => ingest.url,
      eventsPerRun: 12,
      concurrency: 4,
      prefix: 'reprojections',
      giveUpMs: 120_000,
      pauseMs: PAUSE_MS,
    });
    let isOver = false;
    const writing = writer.write(() => isOver);
    const poll = new PartitionsPoll(installation);
    const polling = poll.run(() => isOver);
    await writer.more(40);
    const operators = new Operators(() => operatorApi.url);
    const generations = new GenerationOperators(operators);

    const ended: OperationWithPlanReply[] = [];
    const killed: Record<string, number> = {};
    let next = random.int(0, 2);
    /** Kills one of the three, each in turn, at some moment of what has begun. */
    const kill = async (): Promise<void> => {
      const [name = '', act] = Object.entries(victims)[next++ % 3] ?? [];
      await sleep(random.int(0, KILLED_WITHIN_MS));
      await act?.();
      killed[name] = (killed[name] ?? 0) + 1;
    };
    let views: 'run@1' | 'run@2' = 'run@2';
    const seen = ['right'];
    let rollbacks = 0;
    let swaps = 0;
    const flipped = (): void => {
      views = OTHER_VIEWS[views];
      seen.push(views === 'run@1' ? 'miscounting' : 'right');
    };
    for (let round = 1; round <= REPROJECTIONS; round++) {
      const before = await generations.live();
      const { built, generation } = await generations.build(OTHER_VIEWS[views], SHARE, kill);
      ended.push(built);
      const isSwapped = swaps < Math.ceil((SWAPS * round) / REPROJECTIONS);
      if (isSwapped) {
        ended.push(await generations.swap(generation, kill));
        flipped();
        swaps += 1;
      }
      // Every other one is taken back, and the last one, which miscounts.
      if (isSwapped && (swaps % 2 === 1 || swaps === SWAPS)) {
        ended.push(await generations.rollBack(kill));
        flipped();
        rollbacks += 1;
      }
      const live = await generations.live();
      ended.push(await generations.drop(live === before ? generation : before));
    }
    await writer.more(1);
    isOver = true;
    await Promise.all([writing, polling]);

    for (const { verb, status, error, result, plan } of ended) {
      expect([verb, status, error]).toEqual([verb, 'done', null]);
      expect(result.records).toBe(plan.records);
    }
    expect([...poll.faults]).toEqual([]);
    expect(poll.views).toEqual(seen);
    await expectEquality(installation, writer.acknowledged, [...seeded, ...writer.runIds]);
    // Counters and lists as well: a verification sums them anew.
    const asked = { verb: 'verify' as const, arguments: { target: 'to-earliest' } };
    const verified = await operators.carryOut(asked);
    expect(verified).toMatchObject({ status: 'done', result: { differing: 0 } });
    const ids = [...ended, verified].map(({ operation_id: id }) => id);
    const trail = await documentsOf(store, operations, ids);
    expect(trail).toEqual(await documentsOf(await freshFold(log, operations), operations, ids));
    reportProof({
      seed: SEED,
      ...{ reprojections: REPROJECTIONS, swaps, rollbacks, killed: JSON.stringify(killed) },
      ...{ given_up: generations.givenUp, refused_for_the_moment: generations.refused },
      ...{ reads: poll.reads, reads_unanswered: poll.unanswered, faults: poll.faults.size },
      acknowledged: writer.acknowledged.length,
      runs: seeded.length + writer.runIds.length,
    });
  }, 3_600_000);
});
