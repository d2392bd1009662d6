import type { OpenPorts } from './http-stack.js';
export function batchTests(_open: OpenPorts): void {}
