import type { EventLog, Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { ClaimReader } from '../refold/claim-reader.js';
import { contradictionOf, deciderAt } from '../slot/rules-history.js';
import type { RulesHistory } from '../slot/rules-history.js';

/** Reads of one look, of 1 MiB each: who looks has other partitions to see to. */
const READS_MAX = 16;

/** What a look has found. `to`: nothing stands below it; `isWhole`: it is where the log ended. */
export type PendingRules =
  { kind: 'pending'; offset: Offset } | { kind: 'none'; to: Offset; isWhole: boolean };

/**
 * Looks for a change of the rules that stands on the log, is not folded yet, and will count: the first one that restates
 * the history of the slot. Whoever wrote it, another one like it is a dead letter.
 * @param from The position of the slot that `history` was read with, or what a look before has come to.
 * @throws LogUnavailable
 */
export async function findPendingRules(
  log: Pick<EventLog, 'read' | 'range'>,
  projection: Projection,
  partition: number,
  { history, from }: { history: RulesHistory; from: Offset },
): Promise<PendingRules> {
  const reader = new ClaimReader(log, projection, partition);
  const { end } = await reader.range();
  let to = from;
  for (let reads = 0; to < end && reads < READS_MAX; reads++) {
    const { found, next } = await reader.read(to, end);
    for (const { decoded } of found) {
      if (decoded.kind !== 'rules' || contradictionOf(history, decoded) !== null) continue;
      const { offset, decider } = decoded;
      if (decider > deciderAt(history, offset)) return { kind: 'pending', offset };
    }
    if (next === to) break;
    to = next;
  }
  return { kind: 'none', to, isWhole: to >= end };
}
