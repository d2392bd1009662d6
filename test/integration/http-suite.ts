import { describe } from 'vitest';
import { batchTests } from './http-batches.js';
import { burstTests } from './http-bursts.js';
import { frameTests } from './http-frames.js';
import { fidelityTests } from './http-fidelity.js';
import { idempotencyTests } from './http-idempotency.js';
import { operationTests } from './http-operations.js';
import { planTests } from './operator-plans.js';
import { refusalTests } from './http-refusals.js';
import { runReadTests } from './http-run-reads.js';
import { runWriteTests } from './http-run-writes.js';
import type { OpenPorts } from './http-stack.js';
import { transitionTests } from './http-transitions.js';
import { trapTests } from './http-traps.js';
import { workerRequestTests } from './http-worker-requests.js';
import { workerTests } from './http-workers.js';

/** What every Refold answers over HTTP, whatever its log and store are. */
export function httpSuite(backend: string, open: OpenPorts): void {
  describe(`over HTTP, on ${backend}`, () => {
    runWriteTests(open);
    idempotencyTests(open);
    transitionTests(open);
    batchTests(open);
    refusalTests(open);
    fidelityTests(open);
    runReadTests(open);
    workerTests(open);
    frameTests(open);
    workerRequestTests(open);
    operationTests(open);
    planTests(open);
    burstTests(open);
    trapTests(open);
  });
}
