import type { OpenPorts } from './http-stack.js';
export function runReadTests(_open: OpenPorts): void {}
