import { KEY_NAME } from '@refold/auth';
import {
  ARCHIVED_RUNS_MAX,
  DIFF_SAMPLES_MAX,
  PARTITIONS_MAX,
  SCOPES,
  STREAM_ID_PATTERN,
  TOPIC_PREFIX,
} from '@refold/contracts';
import { InvalidArgumentError } from 'commander';
import { LETTERS_MAX } from './commands/dead-letters.js';
import { RECORDS_MAX } from './commands/explain.js';
import { OPERATIONS_MAX } from './commands/operations.js';
import { address, choice, integer, list, pattern, share, url, type Parser } from '@refold/service';

/** An argument of the command line, read as strictly as a setting of the environment. */
export const argumentOf =
  <Value>(parser: Parser<Value>) =>
  (text: string): Value => {
    const read = parser.safeParse(text);
    if (read.success) return read.data;
    throw new InvalidArgumentError(read.error.issues.map(({ message }) => message).join('; '));
  };

/** How the arguments are read. */
export const ARGUMENTS = {
  url: argumentOf(url(['http', 'https'])),
  rate: argumentOf(integer({ min: 1, max: 1_000_000 })),
  concurrency: argumentOf(integer({ min: 1, max: 64 })),
  partition: argumentOf(integer({ min: 0, max: PARTITIONS_MAX - 1 })),
  partitionList: argumentOf(list(integer({ min: 0, max: PARTITIONS_MAX - 1 }))),
  offset: argumentOf(integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  generation: argumentOf(integer({ min: 1, max: 2_147_483_647 })),
  samples: argumentOf(integer({ min: 0, max: DIFF_SAMPLES_MAX })),
  shift: argumentOf(integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })),
  share: argumentOf(share()),
  operations: argumentOf(integer({ min: 1, max: OPERATIONS_MAX })),
  records: argumentOf(integer({ min: 1, max: RECORDS_MAX })),
  archivedRuns: argumentOf(integer({ min: 1, max: ARCHIVED_RUNS_MAX })),
  letters: argumentOf(integer({ min: 1, max: LETTERS_MAX })),
  partitions: argumentOf(integer({ min: 1, max: PARTITIONS_MAX })),
  brokers: argumentOf(list(address())),
  keyName: argumentOf(pattern(KEY_NAME.pattern, KEY_NAME.expected)),
  scopes: argumentOf(list(choice(SCOPES))),
  ids: argumentOf(list(pattern(STREAM_ID_PATTERN, '1-128 characters of A-Z a-z 0-9 . _ : -'))),
  prefix: argumentOf(pattern(TOPIC_PREFIX.pattern, TOPIC_PREFIX.expected)),
};
