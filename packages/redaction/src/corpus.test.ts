import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { samplesOf, scoresOf, type Score } from './corpus.fixture.js';
import { createRedactionPolicy } from './policy.js';
import { redact } from './redact.js';

const policy = createRedactionPolicy();
const secrets = samplesOf('secrets');
const personal = samplesOf('personal');
const lookAlikes = samplesOf('look-alikes');

/** The share of samples that must come out as expected, of every kind. */
const FLOOR = 1;

const failures = (scores: readonly Score[]): object[] =>
  scores
    .filter(({ right, samples }) => right / samples < FLOOR)
    .map(({ wrong, kind }) => ({ kind, wrong }));

const tableOf = (of: string, scores: readonly Score[]): string =>
  [
    `| ${of} | samples | as expected |`,
    ...scores.map(
      ({ kind, samples, right }) => `| ${kind.replace('_', ' ')} | ${samples} | ${right} |`,
    ),
  ].join('\n');

/** A table without the blanks that line its columns up. */
const bare = (page: string): string =>
  page
    .replaceAll(/^\| -[-| :]*\|\n/gm, '')
    .replaceAll(/ +\| +/g, ' | ')
    .replaceAll(/ +\|$/gm, ' |');

describe('the corpus', () => {
  it('is large enough to mean something', () => {
    expect(secrets.length + personal.length).toBeGreaterThanOrEqual(400);
    expect(lookAlikes.length).toBeGreaterThanOrEqual(600);
  });

  it('has every secret found, and nothing beside it', () => {
    expect(failures(scoresOf(secrets, policy))).toEqual([]);
  });

  it('has all personal data found, and nothing beside it', () => {
    expect(failures(scoresOf(personal, policy))).toEqual([]);
  });

  it('has no look-alike changed', () => {
    expect(failures(scoresOf(lookAlikes, policy))).toEqual([]);
    for (const { value } of lookAlikes) expect(redact(value, policy).value).toBe(value);
  });

  it('comes out the same when it is redacted again, and counts nothing then', () => {
    for (const { value } of [...secrets, ...personal]) {
      const once = redact(value, policy);
      expect(once.counts.size).toBeGreaterThan(0);
      const again = redact(once.value, policy);
      expect(again.value).toBe(once.value);
      expect(again.counts.size).toBe(0);
    }
  });

  it('loses secrets only, where personal data is let through', () => {
    const onlySecrets = createRedactionPolicy({ mode: 'secrets' });
    expect(failures(scoresOf(secrets, onlySecrets))).toEqual([]);
    for (const { value } of personal) expect(redact(value, onlySecrets).value).toBe(value);
  });

  it('fails a policy that finds nothing', () => {
    const off = createRedactionPolicy({ mode: 'off' });
    expect(failures(scoresOf(secrets, off)).length).toBe(scoresOf(secrets, off).length);
  });

  it('has the figures that docs/redaction.md tells', () => {
    const page = bare(readFileSync(new URL('../../../docs/redaction.md', import.meta.url), 'utf8'));
    expect(page).toContain(tableOf('secrets', scoresOf(secrets, policy)));
    expect(page).toContain(tableOf('personal data', scoresOf(personal, policy)));
    expect(page).toContain(tableOf('look-alikes', scoresOf(lookAlikes, policy)));
  });
});
