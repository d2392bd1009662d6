import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES, PROBLEMS } from './problems.js';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** Rows of the first table: code, status, error, title, what to do. */
const documented = page
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  .map(([, code, status, error, title, help]) => ({ code, status, error, title, help }));

describe('docs/errors.md', () => {
  it('has every code of the catalogue in its order, and no other', () => {
    expect(documented.map(({ code }) => code)).toEqual(PROBLEM_CODES);
  });

  it.each(documented)('says of $code what the catalogue says', ({ code, ...row }) => {
    const { status, error, title, help } = PROBLEMS[code as keyof typeof PROBLEMS];
    expect(row).toEqual({ status: String(status), error, title, help });
  });
});

describe('the problem catalogue', () => {
  it('says when to retry exactly where waiting helps', () => {
    const waits = PROBLEM_CODES.filter((code) => 'retryAfterSeconds' in PROBLEMS[code]);
    const retryable = PROBLEM_CODES.filter((code) => [429, 503].includes(PROBLEMS[code].status));
    expect(waits).toEqual(retryable);
  });

  it('keeps the flat codes of the original contract', () => {
    expect(PROBLEMS.sequence_conflict.error).toBe('conflict');
    expect(PROBLEMS.idempotency_conflict.error).toBe('conflict');
    expect(PROBLEMS.invalid_transition.error).toBe('invalid_request');
    expect(PROBLEMS.invalid_data.error).toBe('invalid_request');
  });
});
