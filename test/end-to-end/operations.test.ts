/**
 * Projector, operator API and Redis are killed at random moments of rewinds under live traffic: every
 * operation ends as its plan says, and nothing that was acknowledged is lost, doubled or half done.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationWithPlanReply } from '@refold/contracts';
import { proofSize, randomOf, reportProof } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import {
  PARTITIONS,
  startService,
  startWritePath,
  type WritePath,
} from './support/installation.js';
import { openKillable, type KillableInstallation } from './support/killable-installation.js';
import { documentsOf, freshFold } from './support/oracle.js';
import { Operators, type AskedOperation } from './support/operators.js';
import { expectRefolded } from './support/refold-equality.js';
import type { ServiceProcess } from './support/service-process.js';
import { brokenPromises } from './support/verify.js';

const REWINDS = proofSize({ short: 3, full: 50 });
const SEED = 20_261_129;
/** So little of the time that a rewind lasts for seconds, and something can happen meanwhile. */
const SHARE = 0.02;
const KILLED_WITHIN_MS = 1_500;
/** Pause of each of the four writers after an event: a log that grows fast makes every rewind longer than the one before. */
const PAUSE_MS = proofSize({ short: 20, full: 250 });
const SETTINGS = { REFOLD_KAFKA_SESSION_MS: '2000' };

describe('kill -9 at random moments of rewinds', () => {
  let installation: KillableInstallation;
  let services: WritePath;
  let operatorApi: ServiceProcess;

  beforeAll(async () => {
    installation = await openKillable();
    const settled = { ...installation, settings: { ...installation.settings, ...SETTINGS } };
    services = await startWritePath(settled);
    operatorApi = await startService(settled, 'operator-api');
  }, 120_000);

  afterAll(async () => {
    await Promise.all([services.stop(), operatorApi.stop()]);
    await installation.close();
  }, 60_000);

  const victims: [string, () => Promise<void>][] = [
    ['projector', () => services.projector.crash()],
    ['operator API', () => operatorApi.crash()],
    [
      'Redis',
      async () => {
        await installation.redis.kill();
        await sleep(200);
        installation.redis.restart();
      },
    ],
  ];

  it('ends every one, and leaves what a fresh fold and the model say', async () => {
    const random = randomOf(SEED);
    const writer = new AckedWriter({
      url: () => services.ingest.url,
      eventsPerRun: 12,
      concurrency: 4,
      prefix: 'operations',
      giveUpMs: 120_000,
      pauseMs: PAUSE_MS,
    });
    let isOver = false;
    const writing = writer.write(() => isOver);
    await writer.more(200);
    const operators = new Operators(() => operatorApi.url);
    const askedFor = (): AskedOperation => {
      const targets = [
        { target: 'to-earliest' },
        { target: 'shift-by', shift: -random.int(5, 40) },
        { target: 'by-duration', duration: 'PT1H' },
        { target: 'run', subject: `run/${random.pick(writer.runIds.slice(0, 10))}` },
      ];
      return { verb: 'rewind', arguments: random.pick(targets), share: SHARE };
    };

    const ended: OperationWithPlanReply[] = [];
    const killed: Record<string, number> = {};
    for (let round = 0; round < REWINDS; round++) {
      const [name, kill] = victims[round % victims.length]!;
      const delay = random.int(0, KILLED_WITHIN_MS);
      const one = await operators.carryOut(askedFor(), async () => {
        await sleep(delay);
        await kill();
        killed[name] = (killed[name] ?? 0) + 1;
      });
      ended.push(one);
    }
    isOver = true;
    await writing;

    for (const { status, error, result, plan } of ended) {
      expect([status, error]).toEqual(['done', null]);
      expect(result).toMatchObject({ streams: plan.streams, records: plan.records });
    }
    await expectRefolded(installation, writer.runIds);
    expect(await brokenPromises(installation, writer.acknowledged)).toEqual([]);
    // Counters and lists as well: a verification sums them anew.
    const asked = { verb: 'verify' as const, arguments: { target: 'to-earliest' } };
    const verified = await operators.carryOut(asked);
    expect(verified).toMatchObject({ status: 'done', result: { differing: 0 } });
    const { log, store, operations } = installation;
    const ids = [...ended, verified].map(({ operation_id: id }) => id);
    const trail = await documentsOf(store, operations, ids);
    expect(trail).toEqual(await documentsOf(await freshFold(log, operations), operations, ids));
    reportProof({
      seed: SEED,
      rewinds: ended.length,
      partitions: PARTITIONS,
      killed: JSON.stringify(killed),
      replaced: ended.reduce((sum, { result }) => sum + result.replaced, 0),
      acknowledged: writer.acknowledged.length,
      runs: writer.runIds.length,
    });
  }, 3_600_000);
});
