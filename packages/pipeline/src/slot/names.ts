import type { StreamKind } from '@refold/contracts';
import { bucketName } from './register.js';
import type { Bucket } from './register.js';

/**
 * Names of the keys of one slot. A stream's own keys carry its incarnation, so that replacing a
 * stream of any length is one document write and the old keys can go later.
 */
export const documentName = (subject: string): string => `d:${subject}`;

export const timelineName = (subject: string, incarnation: number, chunk: number): string =>
  `t:${subject}:${incarnation}:${chunk}`;

export const registerName = (subject: string, incarnation: number, bucket: Bucket): string =>
  `r:${subject}:${incarnation}:${bucketName(bucket)}`;

export const transientName = (subject: string, incarnation: number, day: number): string =>
  `x:${subject}:${incarnation}:${day}`;

/** The document of a stream that is folded anew beside the one that is read. */
export const shadowName = (subject: string): string => `s:${subject}`;

export const indexName = (index: string): string => `i:${index}`;

/** Literals, because each fold of a stream compares its entries with one. */
const LISTS: Readonly<Record<StreamKind, string>> = {
  run: 'runs/all',
  worker: 'workers/all',
  operation: 'operations/all',
};

/** The index in which every view of a kind lists all its streams. */
export const listOf = (kind: StreamKind): string => LISTS[kind];

/** Streams that stand in no such list, because a view threw: nothing else would know of them. By time of creation. */
export const unlistedOf = (kind: StreamKind): string => `${kind}s/unlisted`;

const UNLISTED: ReadonlySet<string> = new Set(
  Object.keys(LISTS).map((kind) => indexName(unlistedOf(kind as StreamKind))),
);

/** Whether a name is that of an index of {@link unlistedOf}: a worker or a tenant may be called so, too. */
export const isUnlisted = (name: string): boolean => UNLISTED.has(name);

/** Refusals of the partition: identity → what was refused. */
export const REFUSALS = 'refusals';

/** Which decider version holds from which offset on; absent while no record has changed it. */
export const RULES = 'rules';

/** Claims that are left out, as the log says further on: offset and identity → by which record. */
export const SKIPS = 'skips';

/** Dead letters of the partition: offset → reason and bytes. */
export const DEAD_LETTERS = 'dead-letters';

/** Offsets of the same letters, so that an owner knows the oldest without reading them all. */
export const DEAD_LETTER_PLACES = 'dead-letter-places';

/** Dead letters not yet mirrored to their topic. */
export const DEAD_LETTERS_PENDING = 'dead-letters-pending';

/** Streams that stand parked, by the offset of the record that threw. */
export const PARKED = 'i:parked';

/** The operation that sealed the slot; absent where its role is another one. */
export const SEAL = 'seal';

/** What was carried over from another generation; absent where everything was folded from the log. */
export const CARRIED = 'carried';

/** The refold task that the owner of the slot carries out; absent while there is none. */
export const REFOLD = 'refold';

/** What outlives a refold task: see `SlotRefolds`. */
export const REFOLD_STATE = 'refold-state';

/** How far the last refold task is, as its owner said; absent while nothing was said. */
export const REFOLD_PROGRESS = 'refold-progress';

/** Results of the last refold tasks, by operation. */
export const REFOLDS_DONE = 'refolds-done';

/** Streams that are being folded anew: subject → incarnation of the shadow. */
export const REBUILDING = 'rebuilding';

/** Incarnations that nothing reads any more: `subject:incarnation` → what names their keys. */
export const RETIRED = 'retired';

/** The hash of all counters; written with `Writes.count`. */
export const COUNTERS = 'counters';
