/**
 * node scripts/write-fault-figures.mjs   puts the figures of the last full proofs into docs/faults.md
 *
 * They are those of the reports that `npm run prove` leaves; a proof without a report is an error.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run-vitest.mjs';

const PROOFS = ['dropped-acks', 'nemesis', 'full-disk'];
const BEGIN = '<!-- figures: written by scripts/write-fault-figures.mjs -->';
const END = '<!-- end of figures -->';

const factsOf = (name) =>
  readFileSync(join(ROOT, '.cache', 'proofs', `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const words = (facts) =>
  Object.entries(facts)
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`)
    .join(' · ');

/** How often each fault was played, and how long it took to be healed. */
function faultTable(played) {
  const took = new Map();
  for (const { fault, took: seconds } of played) {
    took.set(fault, [...(took.get(fault) ?? []), seconds]);
  }
  const rows = [...took].map(([fault, all]) => {
    const range = `${Math.min(...all)} to ${Math.max(...all)}`;
    return `| ${fault} | ${all.length} | ${range} |`;
  });
  return ['| fault | times | seconds until healed |', '| --- | --- | --- |', ...rows].join('\n');
}

const sections = PROOFS.map((name) => {
  const facts = factsOf(name);
  if (facts.length === 0) throw new Error(`no report of ${name}: npm run prove -- ${name}`);
  const played = facts.filter((one) => 'fault' in one);
  const sums = facts.filter((one) => !('fault' in one)).map((one) => `- ${words(one)}`);
  const table = played.length === 0 ? [] : [faultTable(played)];
  return [`### ${name}`, sums.join('\n'), ...table].join('\n\n');
});

const page = join(ROOT, 'docs', 'faults.md');
const text = readFileSync(page, 'utf8');
const [before] = text.split(BEGIN);
const [, after] = text.split(END);
if (after === undefined) throw new Error(`${page} has no place for figures`);
writeFileSync(page, `${before}${BEGIN}\n\n${sections.join('\n\n')}\n\n${END}${after}`);
