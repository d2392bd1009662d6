import { POISON_SEEDS, WITHDRAWAL_SEEDS } from '@refold/test-kit';
import { PIPELINE, bug, edit } from './planted-bug.js';
import type { PlantedBug } from './planted-bug.js';

const REPLACE = `${PIPELINE}/refold/replace-streams.ts`;
const SHADOWS = `${PIPELINE}/refold/shadows.ts`;

/** Which skips shadows know. */
const KNOWN = "live.skips.copy(attempt.task.effect === 'replace' ? 'all' : 'closed')";

/** Bugs of streams that stand parked, and of claims that are skipped. */
export const POISON_BUGS: readonly PlantedBug[] = [
  bug(
    'a skip is lost at a rebuild, which meets its claim first',
    'decision 11',
    POISON_SEEDS,
    edit(
      `${PIPELINE}/fold/fold-cut.ts`,
      'cut.addSkip(decoded.skip, item.stream?.document != null)',
      'cut.addSkip(decoded.skip, false)',
    ),
  ),
  bug(
    'streams are folded anew without the skips that stand further on',
    'decision 11',
    POISON_SEEDS,
    edit(SHADOWS, KNOWN, "live.skips.copy('closed')"),
  ),
  bug(
    'streams are compared with a skip that they were not folded by yet',
    'decision 11',
    POISON_SEEDS + 33,
    edit(SHADOWS, KNOWN, "live.skips.copy('all')"),
  ),
  bug(
    'a skipped claim from before its stream began keeps its first refusal',
    'decision 11',
    POISON_SEEDS + 6,
    edit(
      `${PIPELINE}/fold/cut-writer.ts`,
      'isOpen ? null : this.#cache.refusals.skip(identity, offset)',
      'isOpen ? null : null',
    ),
  ),
  {
    ...bug(
      'a skip is closed by a fold that did not know it',
      'decision 11',
      POISON_SEEDS + 7_363,
      edit(
        REPLACE,
        'skip.subject === subject && known.has(skip.offset, skip.identity)',
        'skip.subject === subject',
      ),
    ),
    // One schedule in some thousands comes to it: a skip is met between the last read of a fold and its end.
    from: POISON_SEEDS + 6_000,
  },
  bug(
    'a generation aside leaves its skips open',
    'decision 11',
    POISON_SEEDS + 16,
    edit(
      `${PIPELINE}/generation/aside-folding.ts`,
      '      if (known !== null) this.#refolder.goOn(known);\n',
      '',
    ),
  ),
  {
    ...bug(
      'a skip counts behind its withdrawal',
      'decision 11',
      WITHDRAWAL_SEEDS + 2,
      edit(
        `${PIPELINE}/slot/skip-log.ts`,
        'this.leftOut(skip) !== null || this.withdrawalOf(skip) !== null',
        'this.leftOut(skip) !== null',
      ),
    ),
    from: WITHDRAWAL_SEEDS,
  },
  bug(
    'a redrive leaves in the counters what the parked stream added',
    'F4',
    POISON_SEEDS,
    edit(REPLACE, '    for (const entry of before) count(entry, -1);\n', ''),
  ),
].map((one) => ({ from: POISON_SEEDS, ...one }));
