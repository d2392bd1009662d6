import { DeciderUnknown, ViewsUnknown, newestViews, rulesOf, viewsOf } from '@refold/domain';
import type { Rulebook } from '@refold/domain';
import type { FoldedCut } from '../fold/fold-cut.js';
import type { Offset } from '../ports/event-log.js';
import { StoreUnavailable } from '../ports/view-store.js';
import type { Notice, Slot, ViewStore, Writes } from '../ports/view-store.js';
import { slotOf, wakeChannel } from '../projection.js';
import type { Projection } from '../projection.js';
import { decodeCarriedOver, slotViews } from '../slot/carried-over.js';
import type { CarriedOver } from '../slot/carried-over.js';
import { CheckpointUnreadable, decodeCheckpoint, encodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint, Role } from '../slot/checkpoint.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import { LetterLog } from '../slot/letter-log.js';
import {
  DEAD_LETTERS_PENDING,
  DEAD_LETTER_PLACES,
  CARRIED,
  isUnlisted,
  REFOLD,
  REFOLD_STATE,
  REFUSALS,
  RULES,
  SEAL,
  SKIPS,
} from '../slot/names.js';
import { RefusalLog } from '../slot/refusals.js';
import { decodeHistory } from '../slot/rules-history.js';
import { SkipLog } from '../slot/skip-log.js';
import { SlotCache } from '../slot/slot-cache.js';
import type { SlotRules } from '../slot/slot-cache.js';
import { decodeRefolds } from '../slot/slot-refolds.js';
import { PartitionStopped } from './partition-stopped.js';

/** A slot as it was read: the cache to fold into and the dead letters still to be mirrored. */
export interface LoadedSlot {
  cache: SlotCache;
  /** Null: the slot is new. */
  checkpoint: Checkpoint | null;
  pending: DeadLetter[];
}

/** How a slot begins that is not there yet. */
export interface SlotBeginning {
  role: Role;
  /** As a checkpoint names them; null: the newest. */
  views: string | null;
  /** What a slot aside is carried over from where the log has lost its head. */
  from: Slot;
}

const freshCheckpoint = (
  rulebook: Rulebook,
  { kinds }: Projection,
  { role, views }: Pick<SlotBeginning, 'role' | 'views'>,
): Checkpoint => ({
  format: 3,
  next: 0,
  decider: 1,
  views: views ?? newestViews(rulebook, kinds),
  role,
  time: 0,
  last: null,
  commitId: '-',
});

function readCheckpoint(text: string, where: string): Checkpoint {
  try {
    return decodeCheckpoint(text);
  } catch (error) {
    if (!(error instanceof CheckpointUnreadable)) throw error;
    const message = `${where}: ${error.message}`;
    throw new PartitionStopped('checkpoint_unreadable', message, { cause: error });
  }
}

/** The versions that the slot was folded by so far, as long as this build has them. */
function rulesOfSlot(
  rulebook: Rulebook,
  where: string,
  checkpoint: Checkpoint,
  history: string | null,
  { skips, carried }: { skips: SkipLog; carried: CarriedOver | null },
): SlotRules {
  if (checkpoint.role === 'dropped') {
    const message =
      `${where}: the read models of this generation were dropped, but it is named as one to fold: the ` +
      'pointer of generations is older than they are. Restore the store as a whole, or empty it.';
    throw new PartitionStopped('slot_dropped', message);
  }
  let isOwn = true;
  try {
    rulesOf(rulebook, checkpoint.decider);
    viewsOf(rulebook, checkpoint.views);
    isOwn = false;
    const views = slotViews(rulebook, checkpoint.views, carried);
    return { views, history: history === null ? [] : decodeHistory(history), skips };
  } catch (error) {
    if (error instanceof ViewsUnknown) {
      const message = isOwn
        ? `${where}: the store holds ${error.message}. To go back to a build without them: roll the ` +
          'projection back with that build first.'
        : `${where}: streams that were carried over, because the log no longer has their beginning, are folded ` +
          `on by ${error.message}. A build without them comes when none of these streams is left: archive ` +
          'and evict the runs among them with a build that has the views.';
      throw new PartitionStopped('view_version_mismatch', message, { cause: error });
    }
    if (!(error instanceof DeciderUnknown)) throw error;
    const message = `${where}: the log selects ${error.message}`;
    throw new PartitionStopped('unknown_version', message, { cause: error });
  }
}

/** Reads the slot of a partition. @throws PartitionStopped when this build must not fold it. */
export async function loadSlot(
  store: ViewStore,
  rulebook: Rulebook,
  projection: Projection,
  partition: number,
  beginning: SlotBeginning,
): Promise<LoadedSlot> {
  const where = `${projection.topic}/${partition}`;
  const { checkpoint: text, results } = await store.read(slotOf(projection, partition), [
    { kind: 'fields', name: REFUSALS },
    { kind: 'fields', name: DEAD_LETTERS_PENDING },
    { kind: 'fields', name: DEAD_LETTER_PLACES },
    { kind: 'get', name: RULES },
    { kind: 'get', name: REFOLD },
    { kind: 'get', name: REFOLD_STATE },
    { kind: 'get', name: SEAL },
    { kind: 'fields', name: SKIPS },
    { kind: 'get', name: CARRIED },
  ]);
  const [refusals, pending, places, history, task, refoldState, seal, skips] = results;
  const carried = decodeCarriedOver(results[8]);
  const checkpoint = text === null ? null : readCheckpoint(text, where);
  const held = checkpoint ?? freshCheckpoint(rulebook, projection, beginning);
  const cache = new SlotCache(
    held,
    text,
    RefusalLog.load(refusals),
    LetterLog.load(places.keys(), pending),
    text === null
      ? rulesOfSlot(rulebook, where, held, null, { skips: new SkipLog(), carried })
      : rulesOfSlot(rulebook, where, held, history, { skips: SkipLog.load(skips), carried }),
  );
  cache.refolds = decodeRefolds(task, refoldState);
  cache.incarnation = cache.refolds.incarnation;
  cache.seal = seal;
  cache.carried = carried;
  cache.letters.mirrors = mirrorsLetters(held.role);
  return {
    cache,
    checkpoint,
    pending: [...pending.values()]
      .map((letter) => JSON.parse(letter) as DeadLetter)
      .sort((a, b) => a.offset - b.offset),
  };
}

/** Letters of a slot aside are told by the live one, which folds the same records. */
export const mirrorsLetters = (role: Role): boolean => role !== 'aside';

/** How a commit ended for its owner. `moved`: not mine; drop everything and read again. */
export type CommitResult = 'committed' | 'moved';

export interface CommitRequest {
  next: Offset;
  /** What the slot is from this commit on. */
  role: Role;
  folded: Pick<FoldedCut, 'decider' | 'time' | 'last'>;
  writes: Writes;
  notices: Notice[];
  commitId: string;
}

/**
 * Sends one commit. A lost answer is success only if the stored commit ID is the one of this
 * attempt; every other answer means that somebody else may have written.
 */
export async function commitSlot(
  store: ViewStore,
  projection: Projection,
  partition: number,
  cache: SlotCache,
  request: CommitRequest,
): Promise<CommitResult> {
  const slot: Slot = slotOf(projection, partition);
  const { next, role, folded, writes, commitId } = request;
  const checkpoint: Checkpoint = {
    ...cache.checkpoint,
    format:
      cache.carried === null && !writes.rank.some(([name]) => isUnlisted(name))
        ? cache.checkpoint.format
        : 4,
    next,
    role,
    decider: folded.decider,
    time: folded.time,
    last: folded.last ?? cache.checkpoint.last,
    commitId,
  };
  const text = encodeCheckpoint(checkpoint);
  const wake: Notice = { channel: wakeChannel(projection), message: `${partition}:${next}` };
  // Nobody waits for what is folded aside.
  const notices = role === 'live' ? [...request.notices, wake] : [];
  const committed = await sendCommit(store, slot, cache.text, text, writes, notices);
  if (!committed) return 'moved';
  cache.checkpoint = checkpoint;
  cache.text = text;
  return 'committed';
}

async function sendCommit(
  store: ViewStore,
  slot: Slot,
  expected: string | null,
  next: string,
  writes: Writes,
  notices: readonly Notice[],
): Promise<boolean> {
  try {
    const answer = await store.commit(slot, expected, next, writes, notices);
    return answer.outcome === 'committed' || answer.current === next;
  } catch (error) {
    if (error instanceof StoreUnavailable) return false;
    const where = `${slot.projection}/${slot.partition}`;
    throw new PartitionStopped(
      'store_refused',
      `${where}: the store refused a commit: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
