import { PIPELINE, bug, edit } from './planted-bug.js';
import type { PlantedBug } from './planted-bug.js';

const REFOLD = `${PIPELINE}/refold`;
const ATTEMPT = `${REFOLD}/attempt.ts`;
const CURSOR = `${REFOLD}/second-cursor.ts`;
const REPLACE = `${REFOLD}/replace-streams.ts`;

/** Bugs of folding streams anew beside the live folding. */
export const REFOLD_BUGS: readonly PlantedBug[] = [
  bug(
    'shadows are written past the queue of the owner',
    'F5b, second round 1.1',
    123,
    edit(
      ATTEMPT,
      'return this.owned.queued(async () => {',
      'return (async (run) => run())(async () => {',
    ),
  ),
  bug(
    'the checkpoint goes back to where the streams begin',
    'F3',
    5,
    edit(
      REPLACE,
      'await owned.commit(live, { writes: replacement.writes() });',
      'await owned.commit(live, { writes: replacement.writes(), next: shadows.attempt.tally.readFrom });',
    ),
  ),
  bug(
    'streams are replaced before their shadows have caught up',
    'F3',
    53,
    edit(CURSOR, 'while (this.cursor < next)\n', 'while (this.cursor < next - 1)\n'),
  ),
  bug(
    'counters do not move with a document that was ahead',
    'F4',
    514,
    edit(REPLACE, 'if (stored.next > next) return true;', 'if (stored.next > next) return false;'),
  ),
  bug(
    'the owner keeps the stream that was replaced in memory',
    'F5b',
    5,
    edit(REPLACE, '    live.forget(subject);\n', ''),
  ),
  bug(
    'shadows of an attempt before are kept',
    'second round 1.1',
    32,
    edit(
      `${REFOLD}/carry-out.ts`,
      "  await cleanSlot(attempt);\n  progress.phase = 'selecting';",
      "  progress.phase = 'selecting';",
    ),
    edit(
      `${REFOLD}/replace-selected.ts`,
      'const shadows = live.incarnation + 1;',
      'const shadows = 1;',
    ),
  ),
  bug(
    'streams are folded anew by the newest rules',
    'F2, second round 8',
    64,
    edit(`${REFOLD}/shadows.ts`, 'checkpoint.decider = deciderAt(history, offset);', ''),
  ),
  bug(
    'streams are folded anew from the claim that began them',
    'F1',
    5,
    edit(
      `${PIPELINE}/fold/judge-claim.ts`,
      'const first = cache.refusals.beginning(subject, { offset, time });',
      'const first = { offset, time };',
    ),
  ),
  bug(
    'the time of the partition begins anew with a refold',
    'S16',
    196,
    edit(
      `${REFOLD}/shadow-starts.ts`,
      'if (offset < this.#first.offset) this.#first = { offset, time };',
      'if (offset < this.#first.offset) this.#first = { offset, time: 0 };',
    ),
  ),
  bug(
    'keys that nothing reads are left in the slot',
    'second round 1.11',
    5,
    edit(REPLACE, '    this.#writes.putField.push([names.RETIRED, field, text]);\n', ''),
  ),
];
