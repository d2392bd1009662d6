import { describe } from 'vitest';
import { generationTests } from './generation-runs.js';
import { takeoverTests } from './generation-takeover.js';
import type { OpenPorts } from './http-stack.js';

/**
 * What operators can rely on with generations and rules. Not over ports in memory: that log offers an idle partition
 * nothing, and its owner looks at what generations there are when it is offered something.
 */
export function generationSuite(backend: string, open: OpenPorts): void {
  describe(`generations, on ${backend}`, () => {
    generationTests(open);
    takeoverTests(open);
  });
}
