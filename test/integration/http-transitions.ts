import type { OpenPorts } from './http-stack.js';
export function transitionTests(_open: OpenPorts): void {}
