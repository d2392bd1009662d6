import type { Writes } from '../ports/view-store.js';
import type { SlotReads } from '../project/load-batch.js';
import { REFOLDS_DONE, REFOLD_STATE } from '../slot/names.js';
import type { SlotCache } from '../slot/slot-cache.js';
import { RESULTS_MAX, encodeRefolds } from '../slot/slot-refolds.js';
import type { RefoldResult } from './refold-task.js';

/** Keeps a result, and of the older ones the last. Returns the operations whose results are kept. */
export function keepResult(
  { set, putField, dropField }: Writes,
  { refolds }: SlotCache,
  result: RefoldResult,
): string[] {
  const { operation } = result;
  const done = [...refolds.done.filter((one) => one !== operation), operation];
  const old = done.splice(0, Math.max(0, done.length - RESULTS_MAX));
  set.push([REFOLD_STATE, encodeRefolds({ ...refolds, done })]);
  putField.push([REFOLDS_DONE, operation, JSON.stringify(result)]);
  for (const one of old) dropField.push([REFOLDS_DONE, one]);
  return done;
}

/** Results that the slot keeps of operations. */
export async function keptResults(
  slot: SlotReads,
  operations: readonly string[],
): Promise<RefoldResult[]> {
  const [results] = await slot.all('fields', [REFOLDS_DONE]);
  return operations.flatMap((operation) => {
    const text = results?.get(operation);
    return text === undefined ? [] : [JSON.parse(text) as RefoldResult];
  });
}
