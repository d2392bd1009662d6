import { slotTag } from '@refold/pipeline';
import type { CommitOutcome, Slot, Writes } from '@refold/pipeline';
import type { Environment } from './environment.js';
import { keyOf, keysBelow, sortable } from './keys.js';

/**
 * Where things stand in `views`, under the tag of their slot:
 *   tag                          pushes so far, a colon, the checkpoint
 *   tag name                     a text
 *   tag name n                   an element of a list; n = pushes of the slot before it
 *   tag name field               a field of a hash; a counter, which is absent at zero
 *   tag name m member            the score of a member of an ordered index
 *   tag name s score member      the same, in order
 */
const COUNTERS = 'counters';
export const BY_MEMBER = 'm';
export const BY_SCORE = 's';

/** A stored checkpoint and how many elements its slot ever pushed. */
export function parseCheckpoint(stored: string | undefined): {
  pushed: number;
  checkpoint: string | null;
} {
  if (stored === undefined) return { pushed: 0, checkpoint: null };
  const colon = stored.indexOf(':');
  return { pushed: Number(stored.slice(0, colon)), checkpoint: stored.slice(colon + 1) };
}

/** The commit of one slot; inside a write transaction. A throw leaves nothing behind. */
export function applyCommit(
  environment: Environment,
  slot: Slot,
  expected: string | null,
  next: string,
  writes: Writes,
): CommitOutcome {
  const { views } = environment;
  const tag = slotTag(slot);
  const checkpointKey = keyOf(tag);
  const { pushed, checkpoint } = parseCheckpoint(views.get(checkpointKey));
  if (checkpoint !== expected) return { outcome: 'stale', current: checkpoint };

  for (const [name, value] of writes.set) views.putSync(keyOf(tag, name), value);
  writes.push.forEach(([name, element], i) => {
    views.putSync(keyOf(tag, name, sortable(pushed + i)), element);
  });
  for (const [name, field, value] of writes.putField) {
    views.putSync(keyOf(tag, name, field), value);
  }
  for (const [name, field] of writes.dropField) views.removeSync(keyOf(tag, name, field));
  for (const [name, member, score] of writes.rank) rank(environment, tag, name, member, score);
  for (const [name, member] of writes.unrank) unrank(environment, tag, name, member);
  for (const [counter, amount] of writes.count) {
    const key = keyOf(tag, COUNTERS, counter);
    const sum = Number(views.get(key) ?? 0) + amount;
    if (sum === 0) views.removeSync(key);
    else views.putSync(key, String(sum));
  }
  for (const name of writes.remove) remove(environment, tag, name);
  views.putSync(checkpointKey, `${pushed + writes.push.length}:${next}`);
  return { outcome: 'committed' };
}

function rank(
  environment: Environment,
  tag: string,
  name: string,
  member: string,
  score: number,
): void {
  const sorted = sortable(score);
  const key = keyOf(tag, name, BY_MEMBER, member);
  const before = environment.views.get(key);
  if (before === sorted) return;
  if (before !== undefined) {
    environment.views.removeSync(keyOf(tag, name, BY_SCORE, before, member));
  }
  environment.views.putSync(key, sorted);
  environment.views.putSync(keyOf(tag, name, BY_SCORE, sorted, member), '');
}

function unrank(environment: Environment, tag: string, name: string, member: string): void {
  const key = keyOf(tag, name, BY_MEMBER, member);
  const before = environment.views.get(key);
  if (before === undefined) return;
  environment.views.removeSync(key);
  environment.views.removeSync(keyOf(tag, name, BY_SCORE, before, member));
}

function remove(environment: Environment, tag: string, name: string): void {
  const { views } = environment;
  views.removeSync(keyOf(tag, name));
  for (const key of [...views.getKeys(keysBelow(tag, name))]) views.removeSync(key);
}
