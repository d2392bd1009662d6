import { basename, dirname } from 'node:path/posix';

/** Words that say nothing about what a file holds, or that the glossary has a better word for. */
const EMPTY_WORDS = new Set([
  'manager',
  'helper',
  'helpers',
  'util',
  'utils',
  'common',
  'misc',
  'handle',
  'handler',
  'handlers',
  'reducer',
  'aggregator',
  'dlq',
]);

/** Empty where they are the thing itself (`event-data`), fine where they describe one (`data-fault`). */
const EMPTY_AT_THE_END = new Set(['data', 'info']);

/** A process is a noun here; `process-batch` says nothing. */
const EMPTY_VERBS = new Set(['process']);

/** Names that tools or habit fix: `README.md`, `LICENSE`, `Dockerfile`, dot files. */
const FIXED = /^(?:[A-Z][A-Z_-]*(?:\.md|\.txt)?|Dockerfile|\..+)$/;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/;

/** Recorded runs keep the names they came with. */
const RECORDED = /^test\/traces\/(?:swe-agent\/)?[^/]+\.(?:traj|json)$/;

function emptyWordsOf(stem: string): string[] {
  const words = stem.split('-');
  return words.filter(
    (word, index) =>
      EMPTY_WORDS.has(word) ||
      (EMPTY_AT_THE_END.has(word) && index === words.length - 1) ||
      (EMPTY_VERBS.has(word) && index === 0),
  );
}

/** What is wrong with the name of a file or one of its folders; empty when all is well. */
export function judgeName(path: string): string[] {
  if (RECORDED.test(path)) return [];
  const parts = [...dirname(path).split('/'), basename(path)].filter((part) => part !== '.');
  return parts.flatMap((part) => {
    if (FIXED.test(part)) return [];
    if (!KEBAB.test(part)) return [`${path}: '${part}' is not kebab-case`];
    return emptyWordsOf(part.split('.')[0] ?? '').map(
      (word) => `${path}: '${word}' says nothing in a name; use a noun`,
    );
  });
}
