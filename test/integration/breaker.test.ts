import { randomUUID } from 'node:crypto';
import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { decodeCheckpoint, slotOf } from '@refold/pipeline';
import { createProjecting } from '@refold/projector';
import { createLogger, createMetrics } from '@refold/service';
import { installationOf, machineTiming, uuidV7 } from '@refold/serving';
import { afterEach, expect, it, vi } from 'vitest';
import type { StackPorts } from './http-stack.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { breakRules, POISON } from './poison.js';

const WAIT = { timeout: 30_000, interval: 50 };
const RUNS = 10;

/** Runs on one partition that are begun, and then meet an event that breaks the rules, each for a cause of its own. */
async function openFlood(open: () => Promise<StackPorts>) {
  const ports = await open();
  const { log, store } = ports;
  const installation = installationOf(`breaker-${randomUUID()}`, 1);
  await log.ensureTopics(installation.specs);
  const { projections, topics } = installation;
  const { topic } = projections.runs;
  const lane = await log.openLane(await log.laneOf(topic, 0));
  const records = ['run.started', POISON].flatMap((type) =>
    Array.from({ length: RUNS }, (_, n) => {
      const key = `run-${n}`;
      const fields = { id: `${type}-${n}`, source: '/flood', type, subject: `run/${key}` };
      const data = type === POISON ? { cause: n } : null;
      return {
        topic,
        partition: partitionOf(key, 1),
        key,
        value: encodeEnvelope({ ...fields, data }),
      };
    }),
  );
  await lane.send(records);
  await lane.close();
  const logger = createLogger({ service: 'breaker', level: 'silent' });
  const project = (breaker?: { streams: number; share: number }) =>
    createProjecting({
      log,
      store,
      timing: machineTiming,
      rulebook: RULEBOOK,
      projections: [projections.runs],
      deadLetterTopic: topics.deadLetters,
      operations: projections.operations,
      newId: () => uuidV7(Date.now()),
      logger,
      metrics: createMetrics('breaker'),
      alone: false,
      approval: 'not_required',
      ...(breaker === undefined ? {} : { breaker }),
    });
  const slot = slotOf(projections.runs, 0);
  /** How far the partition is folded, and which runs of it stand parked. */
  const folded = async (): Promise<{ next: number; parked: number }> => {
    const { checkpoint, results } = await store.read(slot, [
      { kind: 'ranked', name: 'i:parked', limit: 100 },
    ]);
    const next = checkpoint === null ? 0 : decodeCheckpoint(checkpoint).next;
    return { next, parked: results[0].length };
  };
  return { project, folded, close: () => ports.close() };
}

/** A flood of causes, on any backend. */
withKafkaAndRedis('breaker', (open) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('stops a partition before anything of a flood is committed, and says what to do', async () => {
    const flood = await openFlood(open);
    const broken = breakRules();
    const stopped = flood.project();
    await stopped.start();
    await vi.waitFor(() => {
      const reason = stopped.health.get('runs')?.readiness() ?? '';
      expect(reason).toContain(`${RUNS} of ${RUNS} streams would park for ${RUNS} distinct causes`);
      expect(reason).toContain('nothing was committed');
      expect(reason).toContain('REFOLD_PARKED_PERCENT_MAX=100');
    }, WAIT);
    await stopped.stop();
    expect(await flood.folded()).toEqual({ next: 0, parked: 0 });
    broken.mend();
    const mended = flood.project();
    await mended.start();
    await vi.waitFor(async () => {
      expect(await flood.folded()).toEqual({ next: 2 * RUNS, parked: 0 });
    }, WAIT);
    await mended.stop();
    await flood.close();
  });

  it('parks all of them where it is told to', async () => {
    const flood = await openFlood(open);
    breakRules();
    const projecting = flood.project({ streams: 5, share: 1 });
    await projecting.start();
    await vi.waitFor(async () => {
      expect(await flood.folded()).toEqual({ next: 2 * RUNS, parked: RUNS });
    }, WAIT);
    await projecting.stop();
    await flood.close();
  });
});
