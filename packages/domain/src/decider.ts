import type { JsonValue, RefusalDetail, StreamKind } from '@refold/contracts';
import type { Claim } from './claim.js';
import type { Claimant } from './ownership.js';
import type { Owner } from './state.js';

/** What a transition table answers. `status` null: this event type has no transition. */
export type TransitionOutcome =
  { allowed: true; status: string | null } | { allowed: false; detail: RefusalDetail };

/**
 * The rules of one stream kind: pure, no clock, no randomness, no I/O.
 * `decide` (one for all kinds) asks them in its fixed order.
 */
export interface Rules {
  kind: StreamKind;
  /** Event types that may begin a stream, and the status it then has before its transition. */
  initialStatus: ReadonlyMap<string, string>;
  /** Those of {@link initialStatus} that may do nothing else: refused once the stream exists. */
  onlyBegins: ReadonlySet<string>;
  /** Event types whose identities lapse after 24 hours of append time. */
  transient: ReadonlySet<string>;
  /** Statuses after which an event without a transition is late. */
  terminal: ReadonlySet<string>;
  /** Statuses in which no claim is accepted any more: all are refused as `run_archived`. */
  closed: ReadonlySet<string>;
  /** Highest known schema version of a type; undefined for a type these rules do not know. */
  schemaVersionOf(type: string): number | undefined;
  /**
   * What is wrong with the data of a known type, or null. Unknown types are legal and kept.
   * @throws SchemaVersionUnknown for a version this build lacks: the caller stops the partition
   *   before it asks, because any verdict would be a guess.
   */
  findDataFault(type: string, schemaVersion: number, data: JsonValue): RefusalDetail | null;
  /** Valid data of an older version as the newest has it; else the same value. Pure. */
  newestDataOf(type: string, schemaVersion: number, data: JsonValue): JsonValue;
  /**
   * May this claim happen in this status, and which status follows; its data is of the newest version.
   * @param owner Whose the stream is; null: the claim begins it.
   */
  transition(status: string, claim: Claim, owner: Owner | null): TransitionOutcome;
  /** The owner a creating claim establishes; its data is valid and of the newest version. */
  ownerOf(claim: Claim): Owner;
  /** Whether a claimant may touch a stream of this owner; it comes before every other question. */
  mayClaim(owner: Owner, claimant: Claimant): boolean;
}

/** A claim in a version of its schema that this build does not know: deploy one that does. */
export class SchemaVersionUnknown extends Error {
  override readonly name = 'SchemaVersionUnknown';
  constructor(type: string, version: number, newest: number) {
    super(
      `${type} has schema version ${version}, this build knows ${newest}: deploy a newer build`,
    );
  }
}
