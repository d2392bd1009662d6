import { appendFileSync } from 'node:fs';

/**
 * Says what a suite runs against: on the screen, and for `npm test` in the file that
 * `REFOLD_TEST_REPORT` names, one line each. Call it wherever a test takes something real.
 * @param backend What was needed: `kafka`, `redis`, `embedded`.
 * @param choice What was taken, or why nothing was.
 */
export function reportBackend(backend: string, choice: string): void {
  const line = `backend ${backend}: ${choice}`;
  console.log(line);
  const report = process.env['REFOLD_TEST_REPORT'];
  if (report !== undefined) appendFileSync(report, `${line}\n`);
}
