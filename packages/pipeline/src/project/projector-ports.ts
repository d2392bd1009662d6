import type { Rulebook } from '@refold/domain';
import type { CutCounts } from '../fold/cut-writer.js';
import type { LiveLags } from '../generation/live-lags.js';
import type { EventLog, Offset, OutgoingRecord } from '../ports/event-log.js';
import type { ViewStore } from '../ports/view-store.js';
import type { PublishOutcome } from '../publish/publish-outcome.js';
import type { RefoldResult } from '../refold/refold-task.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import type { Timing } from '../timing.js';
import type { BreakerLimits } from './breaker.js';
import type { LetterOutcome } from './letter-outbox.js';

/** What a partition reports after each commit. */
export interface Committed {
  partition: number;
  /** The generation whose slot was written. */
  generation: number;
  from: Offset;
  next: Offset;
  end: Offset;
  /** Largest append time folded so far, milliseconds; 0 = none. */
  time: number;
  counts: CutCounts;
  /** Some claim of it names who waits for its verdict. */
  asked: boolean;
}

/** Whether an operation is over on one of these partitions, or as a whole. */
export type HasEnded = (operation: string, partitions: readonly number[]) => Promise<boolean>;

/** What a partition's projector needs; all of it an argument. */
export interface ProjectorPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  /** The versions of rules and views that this process has. */
  rulebook: Rulebook;
  /** Random and new at every call. */
  commitId(): string;
  committed(report: Committed): void;
  /** Mirrors dead letters to their topic: one outcome per letter; a rejection is trouble for all. */
  mirror(letters: readonly DeadLetter[]): Promise<readonly LetterOutcome[]>;
  /** When a commit is held back that would park many streams; default {@link BREAKER_LIMITS}. */
  breaker?: BreakerLimits;
  /** Share of the time that refolds take now, above 0 to 1, so that live folding has the rest; 0.5 when absent. */
  refoldShare?(): number;
  /** Whether refolds wait for the time being, because something else comes first; absent: they never do. */
  isHeldBack?(): boolean;
  /** Live folding of all partitions of the process; absent: of those of one projector. */
  lags?: LiveLags;
  /** Writes a record; absent: a task that has to write one waits for an owner that can. */
  append?(record: OutgoingRecord): Promise<PublishOutcome>;
  /**
   * Whether an operation is over on one of these partitions, or as a whole, by what the log says of it: the store may have
   * gone back behind that. Absent: what the store says counts. @throws LogUnavailable, StoreUnavailable
   */
  hasEnded?: HasEnded;
  /** A result entered its slot. Told once, by the owner that put it there, unlike `refolded`. */
  finished?(result: RefoldResult): void;
  /** A refold task has ended. The same result may be told more than once. */
  refolded?(result: RefoldResult): void;
  /** What came of a comparison that {@link Projector.patrol} asked for. */
  patrolled?(result: RefoldResult): void;
  /** Passing trouble, for the log. */
  trouble(partition: number, what: string): void;
}
