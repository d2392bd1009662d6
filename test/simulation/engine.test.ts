/**
 * Thousands of seeded schedules of crashes, lost replies, zombies, copies and lost data agree with
 * the model. A red seed is run again, step by step, by `node test/simulation/run-seed.mjs SEED`.
 */
import {
  POISON_SEEDS,
  WITHDRAWAL_SEEDS,
  proofSize,
  reportProof,
  runSimulation,
} from '@refold/test-kit';
import { describe, expect, it } from 'vitest';

const SEEDS = proofSize({ short: 300, full: 10_000 });

const POISONED = proofSize({ short: 60, full: 3_000 });

const WITHDRAWN = proofSize({ short: 30, full: 1_500 });

describe('the engine', () => {
  it(`keeps every promise in the schedules of seeds 1 to ${SEEDS}`, async () => {
    let steps = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await runSimulation({ seed });
      steps += result.steps;
      const how = `seed ${seed} is red: node test/simulation/run-seed.mjs ${seed}`;
      expect(result.findings, how).toEqual([]);
    }
    reportProof({ seeds: SEEDS, steps, red: 0 });
  });

  it(`keeps every promise where events break the rules, in ${POISONED} schedules`, async () => {
    for (let seed = POISON_SEEDS; seed < POISON_SEEDS + POISONED; seed++) {
      const { findings } = await runSimulation({ seed });
      const how = `seed ${seed} is red: node test/simulation/run-seed.mjs ${seed}`;
      expect(findings, how).toEqual([]);
    }
    reportProof({ poisoned: POISONED, red: 0 });
  });

  it(`keeps every promise where skips are withdrawn, in ${WITHDRAWN} schedules`, async () => {
    for (let seed = WITHDRAWAL_SEEDS; seed < WITHDRAWAL_SEEDS + WITHDRAWN; seed++) {
      const { findings } = await runSimulation({ seed });
      const how = `seed ${seed} is red: node test/simulation/run-seed.mjs ${seed}`;
      expect(findings, how).toEqual([]);
    }
    reportProof({ withdrawn: WITHDRAWN, red: 0 });
  });

  it.each([1, 2, 3, 5, 8])('does the same again with seed %i', async (seed) => {
    const first = await runSimulation({ seed });
    const again = await runSimulation({ seed });
    expect(again.digest).toBe(first.digest);
    expect(again.trace).toEqual(first.trace);
    const other = await runSimulation({ seed: seed + 1000 });
    expect(other.digest).not.toBe(first.digest);
  });
});
