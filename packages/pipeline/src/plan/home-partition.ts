import { parseSubject, partitionOf } from '@refold/contracts';
import type { Projection } from '../projection.js';
import { ArgumentRefused } from './argument-refused.js';

/** Where a named stream lies. @throws ArgumentRefused for a stream that is none of the projection's */
export function homeOf(projection: Projection, subject: string): number {
  const stream = parseSubject(subject);
  if (stream !== null && projection.kinds.includes(stream.kind)) {
    return partitionOf(stream.streamId, projection.partitions);
  }
  const kinds = projection.kinds.map((kind) => `${kind}/ID`).join(' or ');
  const expected = `the subject of a stream of ${projection.name}, ${kinds}`;
  throw new ArgumentRefused('subject', expected, subject);
}
