import {
  problemOfRefusal,
  type RefusalCode,
  type RefusalDetail,
  type StreamKind,
  type Verdict,
} from '@refold/contracts';
import { mayClaim } from '@refold/domain';
import {
  encodeReceipt,
  judgementOf,
  type ProjectionReader,
  type ReceiptState,
} from '@refold/pipeline';
import { problemOfError } from '@refold/serving';
import { deadLetterProblem, withExtras } from './claim-problem.js';
import { claimReceipt, type Place } from './claim-receipt.js';
import type { Command } from './command.js';

/** The claim was accepted, now or earlier. */
export interface Decided {
  kind: 'decided';
  place: Place;
  seq: number;
  recordedAt: number;
  /** True: an earlier claim of the same identity was accepted, and this repeats its verdict. */
  replayed: boolean;
  /** The stream's status and last sequence number, at least as new as the verdict. */
  status: string;
  lastSeq: number;
}

/** The claim is stored; its verdict is still to come. */
export interface Undecided {
  kind: 'pending' | 'parked';
  place: Place;
  receipt: string;
}

/** What became of a command. Refusals are thrown. */
export type Settled = Decided | Undecided;

/** What an answer is made from. */
export interface ClaimAnswerPorts {
  readers: Readonly<Record<StreamKind, ProjectionReader>>;
  /** Called for errors that nobody foresaw, when an answer is given all the same. */
  trouble: (error: unknown, what: string) => void;
}

/** Answers for a claim that is on the log. */
export interface ClaimAnswer {
  undecided(command: Command, place: Place, kind: Undecided['kind']): Undecided;
  /** @throws ProblemError when the claim was refused or set aside. */
  ofVerdict(command: Command, place: Place, verdict: Verdict): Promise<Settled>;
  /** No verdict came, or it may have been missed: looks it up, once. @throws ProblemError as above */
  ofReceipt(command: Command, place: Place): Promise<Settled>;
}

/** Whether streams of others are to the caller as if they did not exist; creating one tells in any case. */
const hides = ({ bound, appendOnly }: Command): boolean => bound && appendOnly;

/** A refusal that tells a stream of somebody else from none: by its code, by what it remembers. */
const isTelling = (
  command: Command,
  { code, detail }: { code: RefusalCode; detail: RefusalDetail },
): boolean =>
  hides(command) &&
  (code === 'forbidden' ||
    code === 'not_found' ||
    (code === 'idempotency_conflict' && detail.seq === undefined));

/** The same for a stream that there is not and for one of somebody else, told again or not. */
const nothingThere = () => problemOfRefusal('not_found', {});

/** A {@link ClaimAnswer} over the store. */
export function createClaimAnswer({ readers, trouble }: ClaimAnswerPorts): ClaimAnswer {
  const receiptOf = (command: Command, place: Place) =>
    claimReceipt(command, readers[command.kind].projection, place);

  const undecided: ClaimAnswer['undecided'] = (command, place, kind) => ({
    kind,
    place,
    receipt: encodeReceipt(receiptOf(command, place)),
  });

  /** An earlier verdict: what the stream is now has to be read. */
  async function repeated(
    command: Command,
    place: Place,
    told: Pick<Decided, 'seq' | 'recordedAt' | 'replayed'>,
  ): Promise<Settled> {
    const { seq, recordedAt, replayed } = told;
    try {
      const { document } = await readers[command.kind].document(command.kind, command.streamId);
      const state = document?.state ?? null;
      if (state === null) return undecided(command, place, 'pending');
      const { status, seq: lastSeq } = state;
      return { kind: 'decided', place, seq, recordedAt, replayed, status, lastSeq };
    } catch (error) {
      if (problemOfError(error) === null) trouble(error, 'a stream could not be read');
      return undecided(command, place, 'pending');
    }
  }

  /** @throws ProblemError when the store is away: nothing is told then. */
  async function isOwn(command: Command): Promise<boolean> {
    const { document } = await readers[command.kind].document(command.kind, command.streamId);
    const state = document?.state ?? null;
    return state !== null && mayClaim(state.owner, command);
  }

  async function judgement(command: Command, place: Place): Promise<ReceiptState> {
    const { live } = readers[command.kind];
    try {
      return await judgementOf(live, receiptOf(command, place));
    } catch (error) {
      if (problemOfError(error) === null) trouble(error, 'a receipt could not be read');
      return { state: 'pending' };
    }
  }

  return {
    undecided,
    async ofVerdict(command, place, verdict) {
      switch (verdict.kind) {
        case 'accepted': {
          const { seq, status, recorded_at: recordedAt } = verdict;
          const lastSeq = seq;
          return { kind: 'decided', place, seq, recordedAt, replayed: false, status, lastSeq };
        }
        case 'duplicate': {
          const { seq, recorded_at: recordedAt } = verdict;
          return repeated(command, place, { seq, recordedAt, replayed: true });
        }
        case 'rejected': {
          if (isTelling(command, verdict) && !(await isOwn(command))) throw nothingThere();
          const problem = problemOfRefusal(verdict.code, verdict.detail);
          throw verdict.replayed ? withExtras(problem, { idempotent_replay: true }) : problem;
        }
        case 'parked':
          if (hides(command) && !(await isOwn(command))) throw nothingThere();
          return undecided(command, place, 'parked');
        case 'dead_letter':
          throw deadLetterProblem(verdict.reason);
      }
    },
    async ofReceipt(command, place) {
      const judged = await judgement(command, place);
      const isKept = judged.state === 'rejected' ? isTelling(command, judged) : hides(command);
      const isOpen = judged.state === 'pending' || judged.state === 'accepted';
      if (isKept && !isOpen && !(await isOwn(command))) throw nothingThere();
      switch (judged.state) {
        case 'accepted':
          return repeated(command, place, judged);
        case 'rejected':
          throw problemOfRefusal(judged.code, judged.detail);
        case 'dead_letter':
          throw deadLetterProblem(judged.reason);
        case 'parked':
          return undecided(command, place, 'parked');
        default:
          return undecided(command, place, 'pending');
      }
    },
  };
}
