import { describe, expect, it } from 'vitest';
import { backendLines, isRed, resultTable, suiteResult, sumLine } from './suite-result.mjs';

const run = { suite: 'unit', code: 0, minutes: 1, backends: [], strict: false };
const file = (status, ...statuses) => ({
  status,
  assertionResults: statuses.map((s) => ({ status: s })),
});

describe('the result of a suite', () => {
  it('is green when everything passed', () => {
    const result = suiteResult({ testResults: [file('passed', 'passed', 'passed')] }, run);
    expect(result).toMatchObject({ passed: 2, failed: 0, skipped: 0, faults: [] });
    expect(isRed(result)).toBe(false);
  });

  it('is red when a test failed, when a file could not be loaded, and when nothing ran', () => {
    const failed = suiteResult({ testResults: [file('failed', 'passed', 'failed')] }, run);
    const unloadable = suiteResult({ testResults: [file('failed')] }, { ...run, code: 1 });
    const empty = suiteResult({ testResults: [] }, run);
    const onlySkipped = suiteResult({ testResults: [file('passed', 'skipped')] }, run);
    const noReport = suiteResult(null, { ...run, code: null });
    expect([failed, unloadable, empty, onlySkipped, noReport].map(isRed)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(unloadable.failed).toBe(1);
  });

  it('is red when the runner failed though every test passed', () => {
    const result = suiteResult({ testResults: [file('passed', 'passed')] }, { ...run, code: 1 });
    expect(isRed(result)).toBe(true);
    expect(sumLine([result])).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('names what failed, with the first line of the reason', () => {
    const tests = [
      { status: 'failed', fullName: 'a b', failureMessages: ['Error: too late\n  at x'] },
      { status: 'passed', fullName: 'c' },
    ];
    const report = {
      testResults: [
        { name: 'x.test.ts', status: 'failed', assertionResults: tests },
        { name: 'y.test.ts', status: 'failed', message: 'no such module\n', assertionResults: [] },
      ],
    };
    expect(suiteResult(report, run).failures).toEqual([
      'a b: Error: too late',
      'y.test.ts: no such module',
    ]);
  });

  it('lets a skip pass on a laptop and not in CI', () => {
    const report = { testResults: [file('passed', 'passed', 'skipped', 'pending')] };
    expect(isRed(suiteResult(report, run))).toBe(false);
    expect(isRed(suiteResult(report, { ...run, strict: true }))).toBe(true);
    expect(suiteResult(report, run).skipped).toBe(2);
  });

  it('shows each backend once, and a table with one line per suite', () => {
    const report = `backend kafka: local at 127.0.0.1:4001\nbackend redis: environment at redis://cache:6379
      backend kafka: local at 127.0.0.1:4002\n`;
    const backends = backendLines(report);
    expect(backends).toEqual(['kafka: local', 'redis: environment at redis://cache:6379']);
    const green = { testResults: [file('passed', 'passed')] };
    const table = resultTable([suiteResult(green, { ...run, backends }), suiteResult(green, run)]);
    expect(table.split('\n')).toHaveLength(3);
    expect(table).toContain('kafka: local; redis: environment');
  });
});
