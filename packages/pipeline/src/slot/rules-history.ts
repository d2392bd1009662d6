import { rulesChangedSchema } from '@refold/contracts';
import type { RulesChanged } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { RULES } from './names.js';

/**
 * Which decider version holds from which offset of a partition on, oldest first; version 1 holds
 * before. Both rise, so it has fewer entries than there are versions.
 */
export type RulesHistory = RulesChanged['history'];

/** A record that selects a decider version, and the history that it restates. */
export interface RulesChange extends Pick<RulesChanged, 'decider' | 'history'> {
  offset: Offset;
}

/** The version that holds at an offset; of the next offset of a slot, the one in force. */
export function deciderAt(history: RulesHistory, offset: Offset): number {
  let decider = 1;
  for (const [from, version] of history) {
    if (from > offset) break;
    decider = version;
  }
  return decider;
}

/** The history as a slot keeps it. */
export const encodeHistory = (history: RulesHistory): string => JSON.stringify(history);

/** @throws TypeError for a text that {@link encodeHistory} cannot have written. */
export function decodeHistory(text: string): RulesHistory {
  const parsed = rulesChangedSchema.shape.history.safeParse(JSON.parse(text));
  if (!parsed.success) throw new TypeError(`the history of the rules is unreadable: ${text}`);
  return parsed.data;
}

/**
 * Why a record must not change the rules of a partition with this history; null: it may. A function of
 * the log alone, whatever versions a build knows.
 */
export function contradictionOf(history: RulesHistory, change: RulesChange): string | null {
  const restated = encodeHistory(change.history);
  const known = encodeHistory(history);
  if (restated !== known) {
    return `rules.changed: data.history is ${restated}: expected the changes before it, ${known}`;
  }
  const inForce = deciderAt(history, change.offset);
  if (change.decider >= inForce) return null;
  return (
    `rules.changed: data.decider is ${change.decider}, which is below ${inForce}, the version in ` +
    'force: rules that come back are a new version'
  );
}

/** The history behind a record that does not contradict it; the version in force again adds nothing. */
export const historyAfter = (
  history: RulesHistory,
  { offset, decider }: RulesChange,
): RulesHistory =>
  decider === deciderAt(history, offset) ? history : [...history, [offset, decider]];

/** The history of a slot, as it stands, and the checkpoint it belongs to. @throws TypeError */
export async function readRulesHistory(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
): Promise<{ checkpoint: string | null; history: RulesHistory }> {
  const { checkpoint, results } = await store.read(slot, [{ kind: 'get', name: RULES }]);
  const [text] = results;
  return { checkpoint, history: text === null ? [] : decodeHistory(text) };
}
