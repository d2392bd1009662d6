import type { Projection } from '@refold/pipeline';
import { Generations } from './generations.js';
import { Poison } from './poison.js';
import { profileOf } from './profile.js';
import { randomOf } from './random.js';
import { Refolds } from './refolds.js';
import { Scheduler } from './scheduler.js';
import { Simulation } from './simulation.js';
import { Stalls } from './stalls.js';
import { World } from './world.js';

/** What one schedule was, and what was wrong with it. */
export interface SimulationResult {
  seed: number;
  /** Each a sentence; empty when every promise was kept. */
  findings: string[];
  /** What happened, one line a step: virtual milliseconds and words. */
  trace: string[];
  /** Equal for equal traces. */
  digest: string;
  steps: number;
}

/** Virtual time begins here: a moment of 2024, far from zero and from now. */
const EPOCH_MS = 1_710_000_000_000;

/** Refolds draw from another source than everything else. */
const REFOLD_SEED = 1_000_003;

/** So do generations. */
const GENERATION_SEED = 2_000_003;

/** And owners that stand still. */
const STALL_SEED = 3_000_003;

/** From this seed on some events break the rules. */
export const POISON_SEEDS = 1_000_000;

/** And from this one on what skips them is withdrawn, too. */
export const WITHDRAWAL_SEEDS = 2_000_000;

/** Runs one seeded schedule from nothing and checks everything against the independent model. */
export async function runSimulation({ seed }: { seed: number }): Promise<SimulationResult> {
  const random = randomOf(seed);
  const refolds = randomOf(seed + REFOLD_SEED);
  const generations = randomOf(seed + GENERATION_SEED);
  const stalls = randomOf(seed + STALL_SEED);
  const profile = profileOf(random, refolds, generations, stalls);
  const scheduler = new Scheduler(random, EPOCH_MS);
  const projection = (kind: 'run' | 'worker', partitions: number): Projection => ({
    name: `${kind}s`,
    topic: `refold.${kind}s`,
    kinds: [kind],
    partitions,
    generation: 1,
  });
  const projections = [
    projection('run', profile.partitions.runs),
    projection('worker', profile.partitions.workers),
  ];
  const poison = seed >= POISON_SEEDS ? new Poison(seed >= WITHDRAWAL_SEEDS) : null;
  const world = new World(scheduler, random, profile, projections, poison);
  const operators = {
    refolds: new Refolds(world, refolds),
    generations: new Generations(world, generations),
  };
  world.stalls = new Stalls(world, stalls, operators.generations);
  await new Simulation(world, operators).run();
  return {
    seed,
    findings: world.findings,
    trace: scheduler.trace,
    digest: scheduler.digest(),
    steps: scheduler.steps,
  };
}
