import { POISON_SEEDS } from '@refold/test-kit';
import { PIPELINE, bug, edit } from './planted-bug.js';
import type { PlantedBug } from './planted-bug.js';

const GENERATION = `${PIPELINE}/generation`;
const FLIP = `${GENERATION}/flip-swap.ts`;
const SWAP = `${GENERATION}/swap-partition.ts`;
const ROLE = `${GENERATION}/slot-role.ts`;

/** Under the seal both slots are compared, which would find what a bug lets through. */
const UNCOMPARED = edit(
  SWAP,
  '    if (broken !== null) return',
  '    if (broken === undefined) return',
);

/** Bugs of folding generations aside and of swapping them. */
export const GENERATION_BUGS: readonly PlantedBug[] = [
  bug(
    'the pointer changes before the next generation has caught up',
    'S3',
    46,
    edit(FLIP, ' && from.next === to.next', ''),
    edit(SWAP, ' || at !== end) return false;', ') return false;'),
    edit(SWAP, '  while (await next.foldOnce(end));\n', ''),
    UNCOMPARED,
  ),
  bug(
    'the live slot is folded on while the pointer changes',
    'S3, second round 1.2',
    16,
    edit(SWAP, "    await live.assume(cache, 'sealed', swap.operation);\n", ''),
    edit(FLIP, 'isSealed(from) && isSealed(to)', 'isSealed(to)'),
    edit(
      SWAP,
      "  if (known?.checkpoint.role !== 'sealed' || known.seal !== operation) return null;\n",
      '  if (known === null) return null;\n',
    ),
    UNCOMPARED,
  ),
  bug(
    'a seal is lifted while its swap is under way',
    'S3',
    635,
    edit(ROLE, "  if (role === 'sealed' && isOfSwap) return 'sealed';\n", ''),
  ),
  bug(
    'a slot is made what the pointer said before it was read',
    'decision 10',
    99,
    edit(ROLE, 'roleOf(await readPointer(), owned, cache)', 'roleOf(known, owned, cache)'),
  ),
  bug(
    'a generation aside tells verdicts',
    'second round 1.2',
    5,
    edit(
      `${PIPELINE}/project/slot-owner.ts`,
      "role === 'live' ? [...request.notices, wake] : []",
      '[...request.notices, wake]',
    ),
  ),
  bug(
    'a reader goes on with the pointer that it has read once',
    'S3',
    381,
    edit(
      `${PIPELINE}/read/live-reads.ts`,
      '      if (isProven) return answer;\n',
      '      return answer;\n',
    ),
  ),
  {
    ...bug(
      'a generation aside passes the live one',
      'S3, second round 1.2',
      POISON_SEEDS + 2,
      edit(
        `${GENERATION}/aside-folding.ts`,
        'turn.folded = await this.foldOnce(next);',
        'turn.folded = await this.foldOnce(Number.MAX_SAFE_INTEGER);',
      ),
      // What looks at it once more under the seal.
      edit(SWAP, ' || at !== end) return false;', ') return false;'),
      edit(FLIP, ' && from.next === to.next', ''),
      UNCOMPARED,
    ),
    // Met after three of these schedules.
    from: POISON_SEEDS,
  },
];
