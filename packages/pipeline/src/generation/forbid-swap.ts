import type { Projection } from '../projection.js';
import { changePointer } from './change-pointer.js';
import type { PointerPorts } from './change-pointer.js';
import type { PointerResult } from './pointer.js';

/**
 * Ends a swap that readers have seen nothing of, and keeps it from being begun by whoever has not heard of its end.
 * @returns What became of it: a swap that was faster stays.
 */
export const forbidSwap = (
  ports: PointerPorts,
  projection: Projection,
  operation: string,
  reason: string,
): Promise<PointerResult> =>
  changePointer<PointerResult>(ports, projection, (pointer) => {
    const known = pointer.done.get(operation);
    if (known !== undefined) return { answer: known };
    const answer: PointerResult = { kind: 'given_up', reason };
    const swap = pointer.swap?.operation === operation ? null : pointer.swap;
    const done = new Map([...pointer.done, [operation, answer]]);
    return { to: { ...pointer, swap, done }, answer };
  });
