import type { OpenPorts } from './http-stack.js';
export function workerTests(_open: OpenPorts): void {}
