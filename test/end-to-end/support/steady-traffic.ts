import { trafficBetween } from '@refold/pipeline';
import { proofSize } from '@refold/test-kit';
import type { Installation } from './installation.js';
import { until } from './until.js';

/** What came in for so long is what a plan takes for the traffic of the time, milliseconds. */
const PRESENT_MS = 10_000;
const STEADY_MS = proofSize({ short: 1_000, full: PRESENT_MS });

/** A load that begins is behind its rate at first. */
const NEARLY = 0.8;

/**
 * Waits until events of runs come in at about a rate, a second, and have for as long as a plan looks back, in short not
 * for so long; 0: none.
 */
export async function untilSteady(
  { log, runs }: Pick<Installation, 'log' | 'runs'>,
  rate: number,
  forMs = STEADY_MS,
): Promise<void> {
  let all = Number.NaN;
  await until(
    () => `${all} events a second come in, not ${rate}`,
    async () => {
      const now = Date.now();
      ({ all } = await trafficBetween(log, runs, now - forMs, now));
      return rate === 0 ? all === 0 : all >= NEARLY * rate;
    },
  );
}

/** Waits until nothing came in for as long as a plan looks back. */
export const untilQuiet = (installation: Pick<Installation, 'log' | 'runs'>): Promise<void> =>
  untilSteady(installation, 0, PRESENT_MS);
