import type { Read, ReadResults } from '../ports/view-store.js';
import { partsOfName } from '../refold/key-names.js';
import { encodeRetired, retiredField, retiredKeys } from '../refold/retired-keys.js';
import { addToRuns, decodeBucket, encodeRuns } from '../slot/register.js';
import type { RegisterRun } from '../slot/register.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { CHUNK_EVENTS, firstSeqOf, linesOf } from '../slot/timeline.js';

/** Lists that are read at once. */
const LISTS_AT_ONCE = 20;

/** A list of a stream as it is carried over: under which name, and its one element. */
export type CarriedList = [name: string, element: string];

/** The incarnation of a stream in the slot that it is carried over into, where it never was before. */
export const CARRIED_INCARNATION = 0;

/** What names the lists of a stream that is carried over. */
export const carriedField = (subject: string): string => retiredField(subject, CARRIED_INCARNATION);

export const carriedKeys = ({ state, transientDays }: StreamDocument): string =>
  encodeRetired(state?.seq ?? 0, transientDays);

/** The lines of a chunk up to `seq`. */
function timelineUpTo(elements: readonly string[], chunk: number, seq: number): string {
  const length = Math.min(CHUNK_EVENTS, seq - firstSeqOf(chunk) + 1);
  return linesOf(elements).slice(0, length).join('\n');
}

function registerUpTo(elements: readonly string[], seq: number): string {
  const runs: RegisterRun[] = [];
  const entries = [...decodeBucket(elements)].filter(([, at]) => at <= seq);
  for (const [identity, at] of entries.sort(([, a], [, b]) => a - b)) addToRuns(runs, at, identity);
  return encodeRuns(runs);
}

function transientsUpTo(elements: readonly string[], seq: number): string {
  const entries = elements.flatMap((element) => element.split(','));
  return entries.filter((entry) => Number.parseInt(entry.split(':')[1] ?? '', 36) <= seq).join(',');
}

/** A list as it stood when the stream was at `seq`: all of them only grow. */
function listUpTo(name: string, elements: readonly string[], seq: number): CarriedList[] {
  const parts = partsOfName(name);
  if (parts === null || elements.length === 0) return [];
  const { kind, subject, rest } = parts;
  const element =
    kind === 't'
      ? timelineUpTo(elements, Number(rest), seq)
      : (kind === 'r' ? registerUpTo : transientsUpTo)(elements, seq);
  return element === '' ? [] : [[`${kind}:${subject}:${CARRIED_INCARNATION}:${rest}`, element]];
}

/**
 * The lists of a stream as they stood under a document of it, some at a time. The stream may have gone on since, but for
 * days of its transient identities that are over: whoever needs these looks whether they are still named.
 */
export async function* listsUnder(
  read: (reads: Read[]) => Promise<ReadResults[Read['kind']][]>,
  subject: string,
  document: StreamDocument,
): AsyncGenerator<CarriedList[]> {
  const seq = document.state?.seq ?? 0;
  const names = retiredKeys(retiredField(subject, document.incarnation), carriedKeys(document));
  for (let at = 0; at < names.length; at += LISTS_AT_ONCE) {
    const page = names.slice(at, at + LISTS_AT_ONCE);
    const lists = await read(page.map((name) => ({ kind: 'list', name })));
    yield page.flatMap((name, i) => listUpTo(name, (lists[i] ?? []) as string[], seq));
  }
}
