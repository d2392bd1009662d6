import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPressure } from './pressure.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A process whose clock and heap are told. */
function signs() {
  const told = { lateMs: 0, heap: 0.1, nowMs: 0 };
  return {
    told,
    nowMs: () => told.nowMs,
    heapShare: () => told.heap,
    /** One sample, so much later than it was due. */
    sample(lateMs: number): void {
      told.nowMs += 250 + lateMs;
      vi.advanceTimersByTime(250);
    },
  };
}

it('tells an event loop that is late twice in a row, and that it is in time again', () => {
  const process = signs();
  const pressure = createPressure(1_000, process);
  pressure.start();
  process.sample(1_000);
  process.sample(1_000);
  expect(pressure.now()).toBeNull();
  process.sample(1_001);
  expect(pressure.now()).toBeNull();
  process.sample(1_001);
  expect(pressure.now()).toBe('event_loop');
  process.sample(0);
  expect(pressure.now()).toBeNull();
  pressure.stop();
});

it('does not look at the event loop when it may be as late as it likes', () => {
  const process = signs();
  const pressure = createPressure(0, process);
  pressure.start();
  for (let sample = 0; sample < 5; sample++) process.sample(60_000);
  expect(pressure.now()).toBeNull();
  pressure.stop();
});

it('tells a heap that is nearly full, and that it has room again', () => {
  const process = signs();
  const pressure = createPressure(1_000, process);
  pressure.start();
  process.told.heap = 0.9;
  process.sample(0);
  expect(pressure.now()).toBeNull();
  process.told.heap = 0.91;
  process.sample(0);
  expect(pressure.now()).toBe('heap');
  process.told.heap = 0.5;
  process.sample(0);
  expect(pressure.now()).toBeNull();
  pressure.stop();
});
