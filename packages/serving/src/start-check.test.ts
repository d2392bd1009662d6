import { createHealth, createLogger, createMetrics } from '@refold/service';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { logCheck, storeCheck } from './backend-checks.js';
import { engineStep } from './engine-step.js';
import { installationOf } from './installation.js';
import { machineTiming } from './machine-timing.js';
import { beginStartCheck, UnsoundBackend, type StartCheck } from './start-check.js';

const logger = createLogger({ service: 'test', level: 'silent' });
/** Time passes as fast as it is waited for. */
const timing = { ...machineTiming, sleep: () => machineTiming.tick() };

const answering = (...answers: (string[] | Error)[]): StartCheck => {
  let asked = 0;
  return {
    name: 'thing',
    async faults() {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
};

describe('a start check', () => {
  it('waits for a backend that is away', async () => {
    const check = beginStartCheck(answering(new Error('no route'), []), timing, logger);
    await check.passed;
    expect(check.reason()).toBeNull();
  });

  it('does not wait for a backend that is unsound', async () => {
    const check = beginStartCheck(answering(['evicts keys: set noeviction']), timing, logger);
    await expect(check.passed).rejects.toThrow(UnsoundBackend);
    expect(check.reason()).toContain('set noeviction');
  });

  it('ends when it is told to', async () => {
    const check = beginStartCheck(answering(new Error('away')), timing, logger);
    check.stop();
    await check.passed;
    expect(check.reason()).not.toBeNull();
  });
});

describe('the checks of the backends', () => {
  const eight = installationOf('p', 8);
  const four = installationOf('p', 4);
  const projectionsOf = ({ projections }: typeof eight) => Object.values(projections);

  it('name topics that are missing or have another partition count', async () => {
    const log = createMemoryEventLog({ clock: Date.now });
    const missing = await logCheck(log, eight.specs).faults();
    expect(missing).toHaveLength(4);
    expect(missing[0]).toContain('refold topics ensure');
    await log.ensureTopics(eight.specs);
    expect(await logCheck(log, eight.specs).faults()).toEqual([]);
    expect(await logCheck(log, four.specs).faults()).toHaveLength(3);
  });

  it('name read models that were built with another partition count', async () => {
    const store = createMemoryViewStore();
    expect(await storeCheck(store, projectionsOf(eight)).faults()).toEqual([]);
    expect(await storeCheck(store, projectionsOf(eight)).faults()).toEqual([]);
    const faults = await storeCheck(store, projectionsOf(four)).faults();
    expect(faults).toHaveLength(3);
    expect(faults[0]).toContain('REFOLD_PARTITIONS=8');
  });

  it('name what in the store would lose data', async () => {
    const store = { ...createMemoryViewStore(), check: () => Promise.resolve(['evicts keys']) };
    expect(await storeCheck(store, projectionsOf(eight)).faults()).toEqual(['evicts keys']);
  });
});

describe('the engine of a process', () => {
  const engineOver = (check: StartCheck) => {
    const calls: string[] = [];
    const ends: unknown[] = [];
    const health = createHealth({ service: 'test', buildSha: 'test' });
    const step = engineStep({
      backends: [{ check, readiness: 'thing', ping: () => null }],
      start: async () => void calls.push('start'),
      stop: async () => void calls.push('stop'),
      timing,
      logger,
      metrics: createMetrics('test'),
      health,
      end: (_reason, error) => ends.push(error),
    });
    return { calls, ends, health, step };
  };

  it('starts once its backends are sound, and is not ready before', async () => {
    let away = true;
    const { calls, health, step } = engineOver({
      name: 'thing',
      faults: () => (away ? Promise.reject(new Error('away')) : Promise.resolve([])),
    });
    await step.start();
    const { status, body } = await health.readyz();
    expect([status, body['thing_ready'], body['engine_ready']]).toEqual([503, false, false]);
    expect(calls).toEqual([]);
    away = false;
    await vi.waitFor(() => expect(calls).toEqual(['start']));
    expect((await health.readyz()).status).toBe(200);
    await step.stop?.();
    expect(calls).toEqual(['start', 'stop']);
  });

  it('lets work begin that needs only the backend that is there', async () => {
    const calls: string[] = [];
    const health = createHealth({ service: 'test', buildSha: 'test' });
    const away: StartCheck = { name: 'away', faults: () => Promise.reject(new Error('away')) };
    const sound = (name: string) => async () => void calls.push(name);
    const step = engineStep({
      backends: [
        { check: answering([]), readiness: 'log', ping: () => null, sound: sound('log') },
        { check: away, readiness: 'store', ping: () => 'away', sound: sound('store') },
      ],
      start: async () => void calls.push('start'),
      stop: async () => void calls.push('stop'),
      timing,
      logger,
      metrics: createMetrics('test'),
      health,
      end: (reason) => void calls.push(reason),
    });
    await step.start();
    await vi.waitFor(() => expect(calls).toEqual(['log']));
    await step.stop?.();
    expect(calls).toEqual(['log']);
  });

  it('ends the process, once, when a backend is unsound', async () => {
    const { calls, ends, step } = engineOver(answering(['unsound']));
    await step.start();
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    expect(ends[0]).toBeInstanceOf(UnsoundBackend);
    await step.stop?.();
    expect(calls).toEqual([]);
  });
});
