import { describe } from 'vitest';
import type { OpenPorts } from './http-stack.js';
import { resumeTests } from './operator-resume.js';
import { runTests } from './operator-runs.js';

/** What operators can rely on, whatever the log and the store are. */
export function operatorSuite(backend: string, open: OpenPorts): void {
  describe(`operators, on ${backend}`, () => {
    runTests(open);
    resumeTests(open);
  });
}
