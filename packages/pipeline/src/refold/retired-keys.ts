import * as names from '../slot/names.js';
import { segmentOf } from '../slot/register.js';
import { chunkOf } from '../slot/timeline.js';

/** What names the keys of an incarnation: its last seq, and the days of its transient identities. */
export type Retired = [seq: number, days: number[]];

export const retiredField = (subject: string, incarnation: number): string =>
  `${subject}:${incarnation}`;

export const encodeRetired = (...retired: Retired): string => JSON.stringify(retired);

/** Names of all keys of a retired incarnation, its document left out; one that is absent does no harm. */
export function retiredKeys(field: string, text: string): string[] {
  const at = field.lastIndexOf(':');
  const [subject, incarnation] = [field.slice(0, at), Number(field.slice(at + 1))];
  const [seq, days] = JSON.parse(text) as Retired;
  const keys = days.map((day) => names.transientName(subject, incarnation, day));
  if (seq === 0) return keys;
  for (let chunk = 0; chunk <= chunkOf(seq); chunk++) {
    keys.push(names.timelineName(subject, incarnation, chunk));
  }
  const buckets = 2 ** (segmentOf(seq) + 1) - 1;
  for (let bucket = 0; bucket < buckets; bucket++) {
    keys.push(names.registerName(subject, incarnation, bucket));
  }
  return keys;
}
