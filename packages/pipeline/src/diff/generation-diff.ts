import type { Offset } from '../ports/event-log.js';

/** Longest text of a value in a difference, in UTF-16 units; what is longer is cut. */
export const VALUE_LENGTH_MAX = 200;

/** Fields that are named of one stream. */
export const FIELDS_MAX = 20;

/** Kinds of fields that are counted; a diff with more of them cannot be accepted. */
export const PLACES_MAX = 1_000;

/** Counters of one partition that are listed. */
export const COUNTERS_MAX = 1_000;

/** Most streams that a diff shows as samples, and how many if nobody says. */
export const SAMPLES_MAX = 1_000;
export const SAMPLES_DEFAULT = 20;

/**
 * One field of a stream that differs, by JSON pointer into its document, or `/indexes/NAME` for its place in an
 * index. Values are JSON text; null: nothing stands there.
 */
export interface FieldChange {
  field: string;
  old: string | null;
  new: string | null;
}

/** How a stream differs between two generations. */
export interface StreamChange {
  change: 'added' | 'removed' | 'changed';
  partition: number;
  /** Its subject. */
  stream: string;
  /** At most {@link FIELDS_MAX}; empty for a stream that only one of them has. */
  fields: FieldChange[];
  /** Fields that differ besides those. */
  fieldsLeftOut: number;
}

/** A verdict, seq or chain hash that is another one in the new generation. */
export interface VerdictChange {
  partition: number;
  /** The stream that was asked for; null where the old generation did not say. */
  stream: string | null;
  /** `/state/seq`, `/state/chain`, …, or `/refusals/OFFSET`. */
  field: string;
  old: string | null;
  new: string | null;
}

export interface CounterChange {
  counter: string;
  old: number;
  new: number;
}

/** How far one side was folded when it was looked at last, and with what. */
export interface DiffSide {
  generation: number;
  /** Null: nothing is folded yet. */
  next: Offset | null;
  /** The views of it, `run@1`; empty when nothing is folded. */
  views: string;
  /** Claims that are skipped, and whose streams are still to be folded again without them. */
  skips: number;
  /** Streams that the log no longer has the beginning of are still to be carried over into it. */
  carrying: boolean;
}

/** What differs between two generations of one partition. */
export interface PartitionDiff {
  partition: number;
  old: DiffSide;
  new: DiffSide;
  /** Streams that were compared: those that either side has. */
  streams: number;
  added: number;
  removed: number;
  changed: number;
  /** Streams that the new one has carried over: no view of it has folded them anew. */
  carried: number;
  /** Streams that changed whenever they were looked at, so that both sides were never met behind the same claims. */
  unsettled: number;
  /** Some of them, at most {@link FIELDS_MAX}. */
  unsettledStreams: string[];
  /** More streams stand parked than can be compared while the partition is sealed. */
  hasManyParked: boolean;
  /**
   * Streams by the kind of field that differs: a member of a view's document, of the state, or a family of
   * indexes. At most {@link PLACES_MAX}.
   */
  places: Map<string, number>;
  /** More kinds of fields differ than are counted. */
  placesLeftOut: boolean;
  /** Sums over the streams that were compared. */
  counters: CounterChange[];
  /** Counters that differ besides those, of which {@link COUNTERS_MAX} are listed. */
  countersLeftOut: number;
  samples: StreamChange[];
  /** Verdicts, seqs and chain hashes that differ; `verdicts` lists the first of them. */
  differingVerdicts: number;
  verdicts: VerdictChange[];
}
