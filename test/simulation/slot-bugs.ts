import { PIPELINE, TEST_KIT, bug, edit } from './planted-bug.js';
import type { PlantedBug } from './planted-bug.js';

const JUDGE = `${PIPELINE}/fold/judge-claim.ts`;
const CUT = `${PIPELINE}/fold/fold-cut.ts`;
const OWNER = `${PIPELINE}/project/slot-owner.ts`;
const FOLDER = `${PIPELINE}/project/slot-folder.ts`;
const OWNED = `${PIPELINE}/project/owned-slot.ts`;
const POSITION = `${PIPELINE}/project/check-position.ts`;
const STORE = `${TEST_KIT}/memory/memory-view-store.ts`;
const COMPARE = 'if (state.checkpoint !== expected)';

/** Bugs of the slot: who may write it, and from where. */
export const SLOT_BUGS: readonly PlantedBug[] = [
  bug('the checkpoint is not compared', 'F5', 1, edit(STORE, COMPARE, 'if (false)')),
  bug(
    'only the next offset of the checkpoint is compared',
    'F5b, F5c',
    16,
    edit(STORE, COMPARE, "if (state.checkpoint?.split('|')[1] !== expected?.split('|')[1])"),
  ),
  bug(
    'a commit counts as done when the next offset is right',
    'F5a',
    27,
    edit(
      OWNER,
      "answer.outcome === 'committed' || answer.current === next",
      "answer.outcome === 'committed' || answer.current?.split('|')[1] === next.split('|')[1]",
    ),
  ),
  bug(
    'a lost answer counts as done',
    'F5a',
    8,
    edit(
      OWNER,
      'if (error instanceof StoreUnavailable) return false;',
      'if (error instanceof StoreUnavailable) return true;',
    ),
  ),
  bug(
    'the cache is kept after a commit that did not come back',
    'F5',
    1,
    edit(OWNED, '    this.forget();\n', ''),
  ),
  bug(
    'a new slot is folded without a first checkpoint',
    'F5, S6',
    141,
    edit(OWNED, 'if (loaded.checkpoint === null) {', 'if (false) {'),
  ),
  bug(
    'records below the next of a document are folded again',
    'S6',
    6,
    edit(JUDGE, '  if (document !== null && claim.offset < document.next) return null;\n', ''),
  ),
  bug(
    'a batch from elsewhere is folded',
    'S7',
    1,
    edit(FOLDER, '    if (batch.from !== cache.checkpoint.next) return;\n', ''),
  ),
  bug(
    'holes are not passed',
    'S7, second round 2',
    2,
    edit(
      FOLDER,
      'for (let at = 0; at < items.length || context.cache.checkpoint.next < batch.next;) {',
      'for (let at = 0; at < items.length;) {',
    ),
  ),
  bug(
    'the last record is not compared on takeover',
    'S8',
    156,
    edit(
      OWNED,
      'await checkPosition(log, this.projection, this.partition, loaded.checkpoint);',
      'await log.range(this.projection.topic, this.partition);',
    ),
  ),
  bug(
    'the last record is not compared when the epoch rises',
    'S8',
    188,
    edit(FOLDER, '      await this.#checkEpoch(cache, batch);\n', ''),
  ),
  bug(
    'the last record is not compared after an interruption',
    'S8',
    465,
    edit(FOLDER, '(this.#interrupted || !sameLeader)', '!sameLeader'),
  ),
  bug(
    'the leader epoch of the last record is not compared',
    'S8',
    207,
    edit(POSITION, '  found.leaderEpoch === last.leaderEpoch &&\n', ''),
  ),
  bug(
    'records in place of passed holes are not seen',
    'S8',
    1600,
    edit(
      POSITION,
      'found.push(...batch.records.filter((record) => record.offset < next));',
      'found.push(...batch.records.filter((record) => record.offset === last?.offset));',
    ),
  ),
  bug(
    'a record of a newer version is a dead letter',
    'S9',
    31,
    edit(CUT, "  if (decoded.kind === 'unknown_version') return decoded.what;\n", ''),
    edit(
      CUT,
      "return decoded.kind === 'dead_letter' ? decoded.reason : null;",
      "return decoded.kind === 'dead_letter' ? decoded.reason : 'a version this build does not know';",
    ),
  ),
  bug(
    'a newer decider is ignored',
    'F2, S9',
    522,
    edit(CUT, 'decoded.decider <= newestDecider(context.rulebook)', 'true'),
    edit(
      CUT,
      '      ({ decider } = decoded);\n',
      '      decider = Math.min(2, decoded.decider);\n',
    ),
  ),
  bug(
    'an owner that lost its store does not look after it',
    'S6',
    2,
    edit(FOLDER, 'if (checkpoint !== cache.text) throw', 'if (false) throw'),
  ),
  bug(
    'a counter keeps what a stream no longer adds',
    'F4',
    1,
    edit(
      `${PIPELINE}/fold/touched-stream.ts`,
      'else count(entry.counter, -entry.amount);',
      'else count(entry.counter, 0);',
    ),
  ),
  bug(
    'dead letters leave the slot before their topic has them',
    'S9',
    88,
    edit(
      `${PIPELINE}/project/letter-outbox.ts`,
      'const outcomes = await this.#ports.mirror(letters);',
      'const outcomes = letters.map(() => ({ kind: "mirrored" })); this.#ports.mirror(letters).catch(() => undefined);',
    ),
  ),
];
