/**
 * Every planted bug turns the simulation red within 2,000 seeds. In short, a bug begins with the seed
 * that was red last; in full, with seed 1, and the table says which seed was the first red one.
 */
import { proofSize, reportProof } from '@refold/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.js';
import type { PlantedBug } from './planted-bug.js';
import { THROWING_VIEW } from './publishing-bugs.js';
import { runAll, runPlanted } from './run-planted.js';
import type { PlantedResult } from './run-planted.js';
import { SMALL_BOUNDS } from './small-bounds.js';

const SEEDS_MAX = 2000;
const PROCESSES = 2;

const isFull = proofSize({ short: 0, full: 1 }) === 1;
const inOrder = Array.from({ length: SEEDS_MAX }, (_, n) => n + 1);
const seedsOf = ({ redAt, from = 1 }: PlantedBug): number[] => {
  const all = inOrder.map((seed) => seed - 1 + from);
  return isFull ? all : [redAt, ...all];
};

const GREEN_SEEDS = proofSize({ short: 100, full: 3000 });

/** Changes of the sources that must change no promise. */
const HARMLESS = [
  ['a view that throws', [THROWING_VIEW]],
  ['every bound at a few pieces', SMALL_BOUNDS],
] as const;

let results = new Map<PlantedBug, PlantedResult | Error>();

beforeAll(async () => {
  results = await runAll(PLANTED_BUGS, PROCESSES, (bug) => runPlanted(bug.edits, seedsOf(bug)));
  const lines = [...results].map(([bug, result]) => {
    const red = result instanceof Error ? 'failed' : String(result.red);
    return `${red.padStart(6)}  ${bug.name} (${bug.finding})`;
  });
  console.log(`red seed  planted bug (finding)\n${lines.join('\n')}`);
}, 3_600_000);

describe('the simulation turns red on a planted bug:', () => {
  it.each(PLANTED_BUGS)('$name ($finding)', (bug) => {
    const result = results.get(bug);
    if (result === undefined || result instanceof Error) throw result ?? new Error('not run');
    reportProof({ bug: bug.name, finding: bug.finding, red_seed: result.red ?? 'none' });
    expect(result.red, `no seed of 1 to ${SEEDS_MAX} was red`).not.toBeNull();
    expect(result.findings).not.toEqual([]);
  });
});

describe('the simulation stays green', () => {
  it.each(HARMLESS)('with %s', async (_, edits) => {
    const { findings, red } = await runPlanted(edits, inOrder.slice(0, GREEN_SEEDS));
    expect(findings, `seed ${red}`).toEqual([]);
  });
});
