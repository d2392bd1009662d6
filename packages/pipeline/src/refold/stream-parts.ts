import type { DriftKind } from '@refold/contracts';
import type { CachedStream } from '../slot/cached-stream.js';
import * as names from '../slot/names.js';
import { decodeBucket, segmentOf } from '../slot/register.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { chunkOf, decodeLine, encodeLine, firstSeqOf, linesOf } from '../slot/timeline.js';
import type { TimelineBase } from '../slot/timeline.js';
import { nextDigest } from './memory-shadows.js';
import type { ChunkDigest } from './memory-shadows.js';
import type { StreamDifference } from './refold-task.js';

type Difference = Omit<StreamDifference, 'stream'>;

/** A list of a stream: its name, and what is wrong with the elements that stand there. */
export interface StreamPart {
  name: string;
  differs(elements: readonly string[]): Difference | null;
}

const NOTHING: ChunkDigest = { lines: 0, digest: '' };

const baseOf = ({ state, first }: StreamDocument): TimelineBase => ({
  createdAt: state?.createdAt ?? 0,
  first,
});

const digestOf = (lines: readonly string[]): ChunkDigest =>
  lines.reduce<ChunkDigest>(
    (before, line) => nextDigest(before.lines === 0 ? undefined : before, line),
    NOTHING,
  );

/** A line as it would stand under another document. */
function rebased(line: string, seq: number, from: TimelineBase, to: TimelineBase): string {
  const event = decodeLine(from, seq, line);
  const { offset, expectedSeq } = event;
  return encodeLine(to, { event, offset, expectedSeq, dataText: JSON.stringify(event.data) });
}

function kindOf(lines: number, expected: number): DriftKind {
  if (lines === expected) return 'hash_mismatch';
  return lines < expected ? 'gap' : 'unexpected';
}

function chunkPart(
  subject: string,
  stored: StreamDocument,
  fresh: StreamDocument,
  chunk: number,
  { expected, isRebased }: { expected: ChunkDigest; isRebased: boolean },
): StreamPart {
  const first = firstSeqOf(chunk);
  const isEqual = (lines: readonly string[]): boolean => digestOf(lines).digest === expected.digest;
  const differs = (elements: readonly string[]): Difference | null => {
    const lines = linesOf(elements);
    if (lines.length === expected.lines) {
      if (isEqual(lines)) return null;
      const [from, to] = [baseOf(stored), baseOf(fresh)];
      if (isRebased && isEqual(lines.map((line, at) => rebased(line, first + at, from, to))))
        return null;
    }
    return {
      kind: kindOf(lines.length, expected.lines),
      field: `/timeline/${first}`,
      stored: `${lines.length} events from ${first} on`,
      expected: `${expected.lines} events, digest ${expected.digest}`,
    };
  };
  return { name: names.timelineName(subject, stored.incarnation, chunk), differs };
}

function entriesDiffer(
  field: string,
  stored: ReadonlyMap<string, number>,
  expected: ReadonlyMap<string, number>,
): Difference | null {
  const missing = [...expected.keys()].find((identity) => !stored.has(identity));
  const extra = [...stored.keys()].find((identity) => !expected.has(identity));
  const other = [...expected].find(([identity, seq]) => stored.get(identity) !== seq);
  if (missing === undefined && extra === undefined && other === undefined) return null;
  const added = extra === undefined ? 'hash_mismatch' : 'unexpected';
  const kind = missing === undefined ? added : 'missing';
  return {
    kind,
    field,
    stored: `${stored.size} identities`,
    expected: `${expected.size} identities`,
  };
}

/**
 * Every list that stands under a stored document, with what the log makes of it.
 * @param isRebased Stored events may count offsets from another first one than the log says.
 */
export function streamParts(
  stream: CachedStream,
  stored: StreamDocument,
  chunks: readonly ChunkDigest[],
  { isRebased }: { isRebased: boolean },
): StreamPart[] {
  const { subject, document: fresh, buckets } = stream;
  if (fresh === null) return [];
  const parts: StreamPart[] = [];
  const seq = fresh.state?.seq ?? 0;
  const last = seq === 0 ? -1 : chunkOf(seq);
  // One chunk behind the last: what should not be there would stand there first.
  for (let chunk = 0; chunk <= last + 1; chunk++) {
    const expected = chunks[chunk] ?? NOTHING;
    parts.push(chunkPart(subject, stored, fresh, chunk, { expected, isRebased }));
  }
  for (let bucket = 0; seq > 0 && bucket < 2 ** (segmentOf(seq) + 1) - 1; bucket++) {
    parts.push({
      name: names.registerName(subject, stored.incarnation, bucket),
      differs: (elements) =>
        entriesDiffer(
          '/register',
          decodeBucket(elements),
          buckets.get(bucket) ?? new Map<string, number>(),
        ),
    });
  }
  for (const day of fresh.transientDays) {
    const expected = new Map<string, number>();
    for (const [identity, entry] of stream.transients) {
      if (Math.floor(entry.time / DAY_MS) === day) expected.set(identity, entry.seq);
    }
    parts.push({
      name: names.transientName(subject, stored.incarnation, day),
      differs: (elements) => transientsDiffer(stream, elements, expected),
    });
  }
  return parts;
}

const DAY_MS = 86_400_000;

/** An identity that came again on a later day is known by that one alone. */
function transientsDiffer(
  { transients }: CachedStream,
  elements: readonly string[],
  expected: ReadonlyMap<string, number>,
): Difference | null {
  const stored = new Map<string, number>();
  for (const entry of elements.flatMap((element) => element.split(','))) {
    const [, seq = '', identity = ''] = entry.split(':');
    const isOlder = !expected.has(identity) && transients.has(identity);
    if (!isOlder) stored.set(identity, Number.parseInt(seq, 36));
  }
  return entriesDiffer('/register/transient', stored, expected);
}
