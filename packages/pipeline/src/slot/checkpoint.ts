import type { Offset } from '../ports/event-log.js';

/** The last record that was folded: enough to notice that the log was replaced or lost its tail. */
export interface LastRecord {
  offset: Offset;
  timestamp: number;
  /** The first 64 bits of SHA-256 of the value, 16 hex digits. */
  digest: string;
  leaderEpoch: number;
}

/**
 * - `live`: readers are given the slot, and its commits publish verdicts.
 * - `aside`: it is folded behind the live one, for nobody.
 * - `sealed`: nothing is folded into it until the swap that sealed it is over.
 * - `dropped`: it holds nothing but this checkpoint, for ever.
 */
export type Role = 'live' | 'aside' | 'sealed' | 'dropped';

/** How far a slot is folded, by which rules, and whose commit was the last one. */
export interface Checkpoint {
  /** 4 from when on the slot holds, or held, what an older build would fold on wrongly. */
  format: 3 | 4;
  next: Offset;
  decider: number;
  /** Names and versions of the views, `run@1`. */
  views: string;
  role: Role;
  /** Largest append time seen on the partition: the clock by which refusals lapse. */
  time: number;
  last: LastRecord | null;
  /** Random, new with every commit; tells my own success from somebody else's. */
  commitId: string;
}

/**
 * Format 2 has the subject of refusals and another meaning of `first` in documents, 3 the digest of verdicts among the
 * counters, 4 documents that are folded by other views than the checkpoint's, or a list of streams that no view lists.
 * Older ones are read as they are, and written as 3.
 */
const FORMATS: readonly string[] = ['1', '2', '3', '4'];
const ROLES: readonly string[] = ['live', 'aside', 'sealed', 'dropped'];

/** The checkpoint as the store keeps it: one opaque text, compared whole. */
export function encodeCheckpoint(c: Checkpoint): string {
  const last =
    c.last === null
      ? '-'
      : `${c.last.offset}:${c.last.timestamp}:${c.last.digest}:${c.last.leaderEpoch}`;
  return [c.format, c.next, c.decider, c.views, c.role, c.time, last, c.commitId].join('|');
}

/** A checkpoint this build cannot read: written by a newer build, or not by Refold. */
export class CheckpointUnreadable extends Error {
  override readonly name = 'CheckpointUnreadable';
}

const integer = (text: string | undefined): number => {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isSafeInteger(value)) {
    throw new CheckpointUnreadable(`expected an integer in the checkpoint, found "${text}"`);
  }
  return value;
};

function decodeLast(text: string): LastRecord | null {
  if (text === '-') return null;
  const [offset, timestamp, digest, epoch] = text.split(':');
  if (digest === undefined) throw new CheckpointUnreadable(`unreadable last record "${text}"`);
  return {
    offset: integer(offset),
    timestamp: integer(timestamp),
    digest,
    leaderEpoch: integer(epoch),
  };
}

/** @throws CheckpointUnreadable for any text that {@link encodeCheckpoint} of this build cannot have written. */
export function decodeCheckpoint(text: string): Checkpoint {
  const [format, next, decider, views, role, time, last, commitId, ...rest] = text.split('|');
  if (format === undefined || !FORMATS.includes(format) || rest.length > 0) {
    throw new CheckpointUnreadable(
      `checkpoint format "${format}" is not ${FORMATS.join(' or ')}: deploy the build that wrote it`,
    );
  }
  if (views === undefined || last === undefined || !commitId) {
    throw new CheckpointUnreadable(`incomplete checkpoint "${text}"`);
  }
  if (role === undefined || !ROLES.includes(role)) {
    throw new CheckpointUnreadable(`unknown role "${role}" in the checkpoint`);
  }
  return {
    format: format === '4' ? 4 : 3,
    next: integer(next),
    decider: integer(decider),
    views,
    role: role as Role,
    time: integer(time),
    last: decodeLast(last),
    commitId,
  };
}
