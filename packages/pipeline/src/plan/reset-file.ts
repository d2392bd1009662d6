import type { Offset } from '../ports/event-log.js';
import { ArgumentRefused } from './argument-refused.js';

const ROW = /^([A-Za-z0-9._-]{1,249}),(\d{1,9}),(\d{1,16})$/;

const EXPECTED = 'rows of topic,partition,offset, each partition once';

/** Most characters of a file: 10,000 partitions and more. */
const CHARACTERS_MAX = 1_048_576;

/**
 * The rows for a topic of a file as `kafka-consumer-groups --export` writes it, by partition; rows of
 * other topics are another projection's.
 * @throws ArgumentRefused for a row that is no row, a partition twice or none, and a file over 1 Mi characters.
 */
export function parseResetFile(text: string, topic: string): Map<number, Offset> {
  if (text.length > CHARACTERS_MAX) {
    throw new ArgumentRefused('file', `at most ${CHARACTERS_MAX} characters`, text);
  }
  const offsets = new Map<number, Offset>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const match = ROW.exec(line.trim().replaceAll('"', ''));
    const [, name, partition, offset] = match ?? [];
    if (name === undefined) throw new ArgumentRefused('file', EXPECTED, line);
    if (name !== topic) continue;
    const isSafe = Number.isSafeInteger(Number(offset)) && !offsets.has(Number(partition));
    if (!isSafe) throw new ArgumentRefused('file', EXPECTED, line);
    offsets.set(Number(partition), Number(offset));
  }
  if (offsets.size === 0) throw new ArgumentRefused('file', `at least one row of ${topic}`, text);
  return offsets;
}
