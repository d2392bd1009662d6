import { PIPELINE, TEST_KIT, edit } from './planted-bug.js';
import type { Edit } from './planted-bug.js';

/** A constant of the engine, whatever it is, becomes `value`. */
const constant = (file: string, name: string, value: number): Edit => ({
  file: `${PIPELINE}/${file}`,
  find: `const ${name} = [0-9_* ]+;`,
  replace: `const ${name} = ${value};`,
  isPattern: true,
});

/**
 * Every bound of the engine at a few pieces, so that a schedule of a hundred claims crosses them:
 * cuts within a batch, chunks, buckets of the register, evicted streams and refusals. With them no
 * checkpoint is lost alone, because refusals beyond their bound cannot be told from given ones then.
 */
export const SMALL_BOUNDS: readonly Edit[] = [
  constant('project/slot-folder.ts', 'SLICE_RECORDS', 5),
  constant('project/letter-outbox.ts', 'LETTERS_MAX', 1),
  constant('project/load-batch.ts', 'READS_MAX', 2),
  edit(`${PIPELINE}/fold/fold-cut.ts`, 'CutLimits = { records: 2000,', 'CutLimits = { records: 3,'),
  constant('slot/timeline.ts', 'CHUNK_EVENTS', 2),
  constant('slot/slot-cache.ts', 'CACHE_WEIGHT_MAX', 12),
  constant('slot/refusals.ts', 'REFUSALS_MAX', 4),
  constant('slot/letter-log.ts', 'PENDING_BYTES_MAX', 300),
  constant('slot/register.ts', 'SEGMENT_UNIT', 2),
  edit(`${PIPELINE}/slot/cached-stream.ts`, '<= 512 && stream', '<= 2 && stream'),
  edit(`${PIPELINE}/slot/cached-stream.ts`, 'seq <= 512) return', 'seq <= 2) return'),
  constant('publish/lane.ts', 'SEND_RECORDS_MAX', 2),
  constant('verdicts/verdict-desk.ts', 'EARLY_MAX', 2),
  { ...constant('', 'REFUSALS_MAX', 4), file: `${TEST_KIT}/model/model.ts` },
  edit(
    `${TEST_KIT}/simulation/profile.ts`,
    "'lose checkpoint': [0.3, 0.4]",
    "'lose checkpoint': [0, 0]",
  ),
];
