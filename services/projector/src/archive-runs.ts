import { encodeEnvelope, parseSubject, PROJECTOR_SOURCE } from '@refold/contracts';
import type { Claim } from '@refold/domain';
import {
  archivedSubjectsOf,
  deciderAt,
  decodeCheckpoint,
  generationOf,
  liveGeneration,
  LogUnavailable,
  readPointer,
  readRulesHistory,
  readStatuses,
  slotOf,
  unfoldedClaims,
  type EventLog,
  type Offset,
  type OutgoingRecord,
  type Projection,
  type Publisher,
  type RefoldResult,
  type Slot,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import { operationResult } from './operation-result.js';
import { stepMemory, type PartitionStep } from './partition-step.js';
import { rulesRecord } from './rules-change.js';

/** What runs are archived with. */
export interface ArchivePorts {
  log: Pick<EventLog, 'read' | 'range'>;
  store: ViewStore;
  timing: Pick<Timing, 'now'>;
  publisher: Pick<Publisher, 'publish'>;
}

/** What became of the claims of one partition, by run. */
interface Written {
  /** Where the claim stands. */
  offsets: Map<string, Offset>;
  /** Runs whose claim the log does not take, and why. */
  refused: Map<string, string>;
  /** Every claim below this offset that is not folded yet is known. */
  lookedTo: Offset;
  /** Whether some were appended is not known, and they may still come until then, milliseconds of `timing`. */
  doubtUntil: number;
}

/** A record of which nobody knows whether it was sent stands on the log within this time, milliseconds, or never. */
const DOUBT_MS = 10_000;

const claimId = (operation: string, subject: string): string => `${operation}/${subject}`;

/** `run.archived` as the operation says it: its ID is made of both, so that writing it twice is one claim. */
function archivedRecord(
  { topic }: Projection,
  { operation, partition }: PartitionStep,
  subject: string,
): OutgoingRecord {
  return {
    topic,
    partition,
    key: parseSubject(subject)?.streamId ?? subject,
    value: encodeEnvelope({
      id: claimId(operation, subject),
      source: PROJECTOR_SOURCE,
      type: 'run.archived',
      subject,
      appendonly: true,
      data: { operation_id: operation },
    }),
  };
}

/**
 * Archives the runs of one partition of a plan, and tells when each is judged. Null: ask again. What was written
 * is kept only to know when it is judged; forgotten, it is written again, which is the same claim.
 */
export function archiveRuns(
  ports: ArchivePorts,
): (step: PartitionStep) => Promise<RefoldResult | null> {
  const written = stepMemory<Written>(ports.timing);

  async function publish(step: PartitionStep, subject: string, mine: Written): Promise<void> {
    const outcome = await ports.publisher.publish(archivedRecord(step.projection, step, subject));
    if (outcome.kind === 'appended') mine.offsets.set(subject, outcome.offset);
    if (outcome.kind === 'refused') mine.refused.set(subject, outcome.message);
    if (outcome.kind === 'unknown') mine.doubtUntil = ports.timing.now() + DOUBT_MS;
  }

  /**
   * Whether every claim is known that stands on the log and is not folded yet, whoever wrote it: another process, or this
   * one in an earlier life. What is told of as not written must not come later.
   */
  async function isLookedThrough(
    { operation, projection, partition }: PartitionStep,
    mine: Written,
    next: Offset,
  ): Promise<boolean> {
    const from = Math.max(mine.lookedTo, next);
    const isOurs = ({ id, source, subject }: Claim): boolean =>
      source === PROJECTOR_SOURCE && id === claimId(operation, subject);
    try {
      const { claims, to, isWhole } = await unfoldedClaims(ports.log, projection, partition, {
        from,
        isWanted: isOurs,
      });
      for (const { subject, offset } of claims) mine.offsets.set(subject, offset);
      mine.lookedTo = to;
      return isWhole && ports.timing.now() >= mine.doubtUntil;
    } catch (error) {
      // Live folding waits for the log, too, and says so.
      if (error instanceof LogUnavailable) return false;
      throw error;
    }
  }

  /** Behind the runs that were archived: the log may be truncated at a change of the rules alone. */
  async function markPlace(
    { operation, projection, partition }: PartitionStep,
    slot: Slot,
    next: Offset,
  ): Promise<boolean> {
    const { history } = await readRulesHistory(ports.store, slot);
    const rules = { id: `${operation}/${partition}`, decider: deciderAt(history, next), history };
    const outcome = await ports.publisher.publish(rulesRecord(projection, partition, rules));
    return outcome.kind !== 'full' && outcome.kind !== 'unsent';
  }

  return async (step) => {
    const { operation, projection, planned, partition, isCanceling } = step;
    const mine = written.of(step, () => ({
      ...{ offsets: new Map(), refused: new Map(), lookedTo: 0, doubtUntil: 0 },
    }));
    const subjects = archivedSubjectsOf(planned, partition) ?? [];
    const pointer = await readPointer(ports.store, projection);
    const slot = slotOf(generationOf(projection, liveGeneration(pointer, partition)), partition);
    const { checkpoint, statuses } = await readStatuses(ports.store, slot, subjects);
    if (checkpoint === null) return null;
    const { next } = decodeCheckpoint(checkpoint);
    if (isCanceling && !(await isLookedThrough(step, mine, next))) return null;
    const open = subjects.filter((_, at) => statuses[at] !== 'archived');
    const isJudged = (subject: string): boolean =>
      mine.refused.has(subject) || (mine.offsets.get(subject) ?? next) < next;
    const waiting = open.filter((subject) => !isJudged(subject));
    const unwritten = waiting.filter((subject) => !mine.offsets.has(subject));
    if (waiting.length > (isCanceling ? unwritten.length : 0)) {
      if (!isCanceling) await Promise.all(unwritten.map((one) => publish(step, one, mine)));
      return null;
    }
    if (open.length < subjects.length && !(await markPlace(step, slot, next))) return null;
    written.forget(step);
    const [error] = mine.refused.values();
    return {
      ...operationResult(operation, partition, waiting.length > 0 ? 'canceled' : 'done', {
        streams: subjects.length,
        records: subjects.length - open.length,
        to: next,
        ...(error === undefined ? {} : { error }),
      }),
      refused: open.length - waiting.length,
    };
  };
}
