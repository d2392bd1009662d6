import { afterEach, expect, it, vi } from 'vitest';
import type * as freePort from './free-port.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The module as another process has it, which draws the same numbers. */
async function another(): Promise<typeof freePort> {
  vi.resetModules();
  let draws = 0;
  vi.spyOn(Math, 'random').mockImplementation(() => (++draws * 0.618) % 1);
  return import('./free-port.js');
}

it('gives no port to two who ask, though neither has bound it yet', async () => {
  const first = await (await another()).freePorts(5, 10_000);
  const second = await (await another()).freePorts(5, 10_000);
  const all = [...first, ...second];
  expect(new Set([...all, ...all.map((port) => port + 10_000)]).size).toBe(20);
});
