/**
 * @typedef {object} SuiteResult
 * @property {string} suite
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {number} minutes
 * @property {string[]} backends what the suite ran against, one line each
 * @property {string[]} failures the tests that failed, each with the first line of its reason
 * @property {string[]} faults why the suite is red although its tests may be green
 */

/** Which tests failed and why, one line each: a log may be cut before it is read. */
const failuresOf = (files) =>
  files
    .filter((file) => file.status === 'failed')
    .flatMap((file) => {
      const failed = file.assertionResults.filter((test) => test.status === 'failed');
      return failed.length === 0
        ? [`${file.name}: ${firstLine(file.message)}`]
        : failed.map((test) => `${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
    });

const firstLine = (text = '') => text.split('\n', 1)[0] || 'no reason given';

const count = (tests, ...statuses) => tests.filter((t) => statuses.includes(t.status)).length;

/**
 * Reads vitest's JSON report into counts. A file that could not be loaded has no tests and counts as
 * one failure. A report that is missing, or a runner that failed while every test passed, is a fault.
 * @param {{ testResults?: { name: string, status: string, message?: string, assertionResults: { fullName: string, status: string, failureMessages?: string[] }[] }[] } | null} report
 * @param {{ suite: string, code: number | null, minutes: number, backends: string[], strict: boolean }} run
 * @returns {SuiteResult}
 */
export function suiteResult(report, run) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const unloadable = files.filter(
    (file) => file.status === 'failed' && count(file.assertionResults, 'failed') === 0,
  ).length;
  const result = {
    suite: run.suite,
    passed: count(tests, 'passed'),
    failed: count(tests, 'failed') + unloadable,
    skipped: tests.length - count(tests, 'passed', 'failed'),
    minutes: run.minutes,
    backends: run.backends,
    failures: failuresOf(files),
    faults: [],
  };
  if (report === null) result.faults.push('it ended without a report');
  else if (result.passed + result.failed === 0) result.faults.push('it executed no test');
  if (run.code !== 0 && result.failed === 0) {
    result.faults.push(`the runner ended with ${run.code ?? 'a signal'} though no test failed`);
  }
  if (run.strict && result.skipped > 0) {
    result.faults.push(
      `${result.skipped} skipped, and continuous integration asks for every backend`,
    );
  }
  return result;
}

/** @param {SuiteResult} result */
export const isRed = (result) => result.failed > 0 || result.faults.length > 0;

/** Where a server of this very run listens: another port in every file, so it distinguishes nothing. */
const OWN_ADDRESS = / at (?:redis:\/\/)?(?:127\.0\.0\.1|localhost):\d+\S*/;

/** The distinct lines of a backend report, without their common prefix, in order of appearance. */
export const backendLines = (text) => [
  ...new Set(
    text
      .split('\n')
      .map((line) =>
        line
          .trim()
          .replace(/^backend /, '')
          .replace(OWN_ADDRESS, ''),
      )
      .filter((line) => line !== ''),
  ),
];

const sum = (results, member) => results.reduce((total, result) => total + result[member], 0);

/** `N passed, N failed, N skipped`; a red suite without a failed test counts as one failure. */
export function sumLine(results) {
  const faulty = results.filter((r) => r.failed === 0 && r.faults.length > 0).length;
  const failed = sum(results, 'failed') + faulty;
  return `${sum(results, 'passed')} passed, ${failed} failed, ${sum(results, 'skipped')} skipped`;
}

/** The results as a table with aligned columns. */
export function resultTable(results) {
  const rows = [
    ['suite', 'passed', 'failed', 'skipped', 'minutes', 'backends'],
    ...results.map((r) => [
      r.suite,
      String(r.passed),
      String(r.failed),
      String(r.skipped),
      r.minutes.toFixed(1),
      r.backends.length === 0 ? '-' : r.backends.join('; '),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((row) => row[column].length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
