import type { OpenPorts } from './http-stack.js';
export function refusalTests(_open: OpenPorts): void {}
