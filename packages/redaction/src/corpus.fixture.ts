import { readFileSync } from 'node:fs';
import type { JsonValue } from '@refold/contracts';
import { redact } from './redact.js';
import type { RedactionPolicy } from './policy.js';

/** One line of the corpus: a value, and what must be left of it; the same value where that is absent. */
export interface Sample {
  kind: string;
  value: JsonValue;
  expected?: JsonValue;
}

/** Stands inside made-up secrets in the files, so that no scanner takes them for real ones. */
const SEAM = '¦';

/** The lines of one file of the corpus. */
export const samplesOf = (name: string): Sample[] =>
  readFileSync(new URL(`../corpus/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.replaceAll(SEAM, '')) as Sample);

/** How many samples of a kind came out as expected, and those that did not. */
export interface Score {
  kind: string;
  samples: number;
  right: number;
  wrong: { value: JsonValue; got: JsonValue }[];
}

/** Scores by kind, in the order of the file. */
export function scoresOf(samples: readonly Sample[], policy: RedactionPolicy): Score[] {
  const scores = new Map<string, Score>();
  for (const { kind, value, expected = value } of samples) {
    const score = scores.get(kind) ?? { kind, samples: 0, right: 0, wrong: [] };
    scores.set(kind, score);
    const got = redact(value, policy).value;
    score.samples += 1;
    if (JSON.stringify(got) === JSON.stringify(expected)) score.right += 1;
    else score.wrong.push({ value, got });
  }
  return [...scores.values()];
}
