import { afterAll, beforeAll } from 'vitest';
import { openStack, type HttpStack, type OpenPorts, type StackBuild } from './http-stack.js';

/** One stack for the tests of a `describe`; every test uses runs and workers of its own. */
export function sharedStack(open: OpenPorts, build: StackBuild = {}): () => HttpStack {
  let stack: HttpStack | null = null;
  beforeAll(async () => {
    stack = await openStack(open, undefined, undefined, undefined, build);
  });
  afterAll(async () => {
    await stack?.close();
  });
  return () => {
    if (stack === null) throw new Error('the stack is there only inside tests');
    return stack;
  };
}

let counted = 0;

/** A run or worker ID that no other test has. */
export const freshId = (name: string): string => `${name}-${process.pid}-${counted++}`;
