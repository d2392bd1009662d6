import { describe, expect, it } from 'vitest';
import { createLifecycle, type Step } from './lifecycle.js';
import { createLogger } from './logger.js';

const logger = createLogger({ service: 'test', level: 'silent' });

const recording = (name: string, seen: string[], over: Partial<Step> = {}): Step => ({
  name,
  start: () => void seen.push(`start ${name}`),
  stop: () => void seen.push(`stop ${name}`),
  ...over,
});

describe('createLifecycle', () => {
  it('starts in order and stops in reverse', async () => {
    const seen: string[] = [];
    const lifecycle = createLifecycle([recording('a', seen), recording('b', seen)], logger);
    await lifecycle.start();
    expect(await lifecycle.stop(1_000)).toEqual({ hung: [], failed: [] });
    expect(seen).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops only what was started when a step rejects', async () => {
    const seen: string[] = [];
    const start = () => Promise.reject(new Error('no broker'));
    const steps = [recording('a', seen), recording('b', seen, { start }), recording('c', seen)];
    const lifecycle = createLifecycle(steps, logger);
    await expect(lifecycle.start()).rejects.toThrow('no broker');
    await lifecycle.stop(1_000);
    expect(seen).toEqual(['start a', 'stop a']);
  });

  it('goes on stopping when one step cannot be stopped in order', async () => {
    const seen: string[] = [];
    const stop = () => Promise.reject(new Error('stuck'));
    const lifecycle = createLifecycle(
      [recording('a', seen), recording('b', seen, { stop })],
      logger,
    );
    await lifecycle.start();
    expect(await lifecycle.stop(1_000)).toEqual({ hung: [], failed: ['b'] });
    expect(seen).toContain('stop a');
  });

  it('names what hung and what was not reached when the time is up', async () => {
    const seen: string[] = [];
    const stop = () => new Promise<void>(() => undefined);
    const steps = [recording('a', seen), recording('b', seen, { stop }), recording('c', seen)];
    const lifecycle = createLifecycle(steps, logger);
    await lifecycle.start();
    expect(await lifecycle.stop(20)).toEqual({ hung: ['b', 'a'], failed: [] });
  });

  it('begins no further step after a stop, and gives every stop the same report', async () => {
    const seen: string[] = [];
    let release = (): void => undefined;
    const start = () => new Promise<void>((resolve) => (release = resolve));
    const lifecycle = createLifecycle(
      [recording('a', seen, { start }), recording('b', seen)],
      logger,
    );
    const started = lifecycle.start();
    const stops = [lifecycle.stop(1_000), lifecycle.stop(1_000)];
    release();
    await expect(started).rejects.toThrow('stopped before b');
    const [first, second] = await Promise.all(stops);
    expect(first).toBe(second);
    expect(seen).toEqual(['stop a']);
  });
});
