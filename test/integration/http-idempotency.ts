import type { OpenPorts } from './http-stack.js';
export function idempotencyTests(_open: OpenPorts): void {}
