import { DOMAIN, PIPELINE, bug, edit } from './planted-bug.js';
import { SMALL_BOUNDS } from './small-bounds.js';
import type { PlantedBug } from './planted-bug.js';

const JUDGE = `${PIPELINE}/fold/judge-claim.ts`;
const CUT = `${PIPELINE}/fold/fold-cut.ts`;
const REFUSALS = `${PIPELINE}/slot/refusals.ts`;

const FIRST_REFUSAL =
  "const isFirst = !replayed && code !== 'forbidden' && code !== 'idempotency_conflict';";

/** Bugs of judging: what a claim is told. */
export const JUDGING_BUGS: readonly PlantedBug[] = [
  bug('refusals are not remembered', 'F1', 1, edit(JUDGE, FIRST_REFUSAL, 'const isFirst = false;')),
  bug(
    'refusals of streams that do not exist are forgotten',
    'second round 5',
    1,
    edit(JUDGE, FIRST_REFUSAL, FIRST_REFUSAL.replace(';', " && code !== 'not_found';")),
  ),
  bug(
    'an identity leaves out the source',
    'S11',
    1,
    edit(`${DOMAIN}/identity.ts`, '${source.length}\\n${source}${id}', '${id}'),
  ),
  bug(
    'an identity has eight bits',
    'S12',
    1,
    edit(
      `${DOMAIN}/identity.ts`,
      "return scratch.toString('base64url', 0, BYTES);",
      "return (scratch[0] ?? 0).toString(36).padStart(22, 'A');",
    ),
  ),
  bug(
    'the newest rules of the build judge everything',
    'F2',
    3,
    edit(
      CUT,
      'let rules = rulesOf(context.rulebook, decider);',
      'let rules = context.rulebook.deciders.at(-1)!;',
    ),
  ),
  bug(
    'the rules at the start of a batch judge all of it',
    'F2',
    47,
    edit(CUT, '      rules = rulesOf(context.rulebook, decider);\n', ''),
  ),
  bug(
    'a record that contradicts the history changes the rules',
    'F2',
    16,
    edit(CUT, "if (decoded.kind === 'rules') return contradictionOf(cache.history, decoded);", ''),
  ),
  bug(
    'the history of the rules outlives a lost checkpoint',
    'F2',
    42,
    edit(`${PIPELINE}/project/open-slot.ts`, '  else writes.remove.push(RULES);\n', ''),
  ),
  bug(
    'ownership is judged after identity',
    'S19',
    5,
    edit(
      `${DOMAIN}/decide.ts`,
      "  if (state !== null && !rules.mayClaim(state.owner, claim)) return refuse('forbidden');\n  if (judged !== null) return judgeAgain(judged);\n",
      "  if (judged !== null) return judgeAgain(judged);\n  if (state !== null && !rules.mayClaim(state.owner, claim)) return refuse('forbidden');\n",
    ),
  ),
  bug(
    'an archived run takes claims',
    'F6',
    1,
    edit(
      `${DOMAIN}/decide.ts`,
      "  if (state !== null && rules.closed.has(state.status)) return refuse('run_archived');\n",
      '',
    ),
  ),
  bug(
    'numbers beyond 2^53 are let through',
    'second round 3',
    6,
    edit(
      'packages/contracts/src/json.ts',
      'value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER;',
      'value <= Number.MAX_VALUE;',
    ),
  ),
  bug(
    'the time of a stream goes back',
    'S16',
    8,
    edit(
      `${DOMAIN}/evolve.ts`,
      'const recordedAt = Math.max(before.updatedAt, claim.appendTime);',
      'const recordedAt = claim.appendTime;',
    ),
  ),
  bug(
    'the time of a partition goes back',
    'S16',
    8,
    edit(CUT, 'time = Math.max(time, record.timestamp);', 'time = record.timestamp;'),
  ),
  bug(
    'a refusal lapses at the next commit only',
    'F1',
    7,
    edit(REFUSALS, 'if (time - refusal.time >= LAPSE_MS) return null;', ''),
  ),
  bug(
    'a refusal lapses by the clock on the wall',
    'F1',
    1,
    edit(
      REFUSALS,
      'if (time - refusal.time >= LAPSE_MS) return null;',
      'if (Date.now() - refusal.time >= LAPSE_MS) return null;',
    ),
  ),
  bug(
    'a heartbeat is remembered for ever',
    'second round 13',
    13,
    edit(
      JUDGE,
      'entry === undefined || time - entry.time >= LAPSE_MS ? undefined : entry.seq;',
      'entry?.seq;',
    ),
  ),
  bug(
    'a claim meets refusals given after it',
    'F1',
    112,
    edit(
      REFUSALS,
      'if (refusal === undefined || refusal.offset >= offset) return null;',
      'if (refusal === undefined) return null;',
    ),
  ),
  bug(
    'a refusal that comes again is dropped with the one it followed',
    'second round 5',
    3,
    ...SMALL_BOUNDS,
    edit(`${PIPELINE}/fold/cut-writer.ts`, '    this.#evicted.delete(identity);\n', ''),
  ),
  bug(
    'only the last bucket of the register is searched',
    'S12',
    1,
    ...SMALL_BOUNDS,
    edit(
      `${PIPELINE}/slot/cached-stream.ts`,
      'for (const bucket of bucketsOf(seq, identity)) {',
      'for (const bucket of bucketsOf(seq, identity).slice(-1)) {',
    ),
  ),
  bug(
    'a bucket that was not loaded counts as complete',
    'S12',
    6,
    ...SMALL_BOUNDS,
    edit(
      `${PIPELINE}/slot/cached-stream.ts`,
      '.filter((b) => !stream.buckets.has(b));',
      '.filter((b) => !stream.buckets.has(b)).slice(0, 1);',
    ),
  ),
];
