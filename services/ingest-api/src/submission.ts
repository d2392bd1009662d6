import {
  partitionOf,
  ProblemError,
  problemOfRefusal,
  type StreamKind,
  type Verdict,
} from '@refold/contracts';
import {
  encodeReceipt,
  judgementOf,
  type ProjectionReader,
  type Publisher,
  type PublishOutcome,
  type Timing,
  type VerdictDesk,
  type ViewStore,
} from '@refold/pipeline';
import { problemOfError } from '@refold/serving';
import { claimReceipt, type Place } from './claim-receipt.js';
import { recordText, type Command } from './command.js';
import type { IngestMeter } from './ingest-meter.js';
import type { LogGate } from './log-gate.js';
import { deadLetterProblem, problemOfOutcome, withClaimIds, withExtras } from './claim-problem.js';
import type { Wish } from './wish.js';

/** How long the log may take to acknowledge on top of the wait for the verdict, milliseconds. */
const ACK_MS_MAX = 10_000;

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

/** What a submission needs. */
export interface SubmissionPorts {
  publisher: Publisher;
  desk: VerdictDesk;
  store: ViewStore;
  readers: Readonly<Record<StreamKind, ProjectionReader>>;
  gate: LogGate;
  timing: Timing;
  meter: IngestMeter;
  /** Called for errors that nobody foresaw, when the answer is given all the same. */
  trouble(error: unknown, what: string): void;
}

/** Publishes commands and waits for their verdicts. */
export interface Submission {
  /** Null when the log takes records; else resolves when it does, or throws. */
  admission(): Promise<void> | null;
  /**
   * Publishes before it returns to the caller, so that calls in a row land in their order.
   * @throws ProblemError with the event ID, for everything that is neither accepted nor stored.
   */
  submit(command: Command, wish: Wish): Promise<Settled>;
}

const LATE: PublishOutcome = {
  kind: 'unknown',
  message: 'the log has not acknowledged it in time',
};

/** A {@link Submission} over the engine. */
export function createSubmission(ports: SubmissionPorts): Submission {
  const { publisher, desk, store, readers, gate, timing, meter } = ports;

  const acknowledged = (
    published: Promise<PublishOutcome>,
    boundMs: number,
  ): Promise<PublishOutcome> =>
    new Promise((resolve) => {
      const cancel = timing.after(boundMs, () => resolve(LATE));
      void published.then((outcome) => {
        cancel();
        resolve(outcome);
      });
    });

  const undecided = (command: Command, place: Place, kind: Undecided['kind']): Undecided => ({
    kind,
    place,
    receipt: encodeReceipt(claimReceipt(command, readers[command.kind].projection, place)),
  });

  /** An earlier verdict: what the stream is now has to be read. */
  async function repeated(
    command: Command,
    place: Place,
    told: Pick<Decided, 'seq' | 'recordedAt' | 'replayed'>,
  ): Promise<Settled> {
    try {
      const { document } = await readers[command.kind].document(command.kind, command.streamId);
      const state = document?.state ?? null;
      if (state === null) return undecided(command, place, 'pending');
      return { kind: 'decided', place, ...told, status: state.status, lastSeq: state.seq };
    } catch (error) {
      if (problemOfError(error) === null) ports.trouble(error, 'a stream could not be read');
      return undecided(command, place, 'pending');
    }
  }

  /** No verdict came, or it may have been missed: look it up, once. */
  async function lookedUp(command: Command, place: Place): Promise<Settled> {
    const { projection } = readers[command.kind];
    const judged = await judgementOf(
      store,
      projection,
      claimReceipt(command, readers[command.kind].projection, place),
    ).catch((error: unknown) => {
      if (problemOfError(error) === null) ports.trouble(error, 'a receipt could not be read');
      return { state: 'pending' } as const;
    });
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
  }

  async function settled(command: Command, place: Place, verdict: Verdict): Promise<Settled> {
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
        const problem = problemOfRefusal(verdict.code, verdict.detail);
        throw verdict.replayed ? withExtras(problem, { idempotent_replay: true }) : problem;
      }
      case 'parked':
        return undecided(command, place, 'parked');
      case 'dead_letter':
        throw deadLetterProblem(verdict.reason);
    }
  }

  async function judged(command: Command, wish: Wish): Promise<Settled> {
    const { topic, partitions } = readers[command.kind].projection;
    const partition = partitionOf(command.streamId, partitions);
    const replyTo = wish.waitMs > 0 ? desk.instance : undefined;
    const value = recordText(command, { replyTo, traceparent: wish.traceparent });
    const began = timing.now();
    const published = publisher.publish({ topic, partition, key: command.streamId, value });
    const outcome = await acknowledged(published, wish.waitMs + ACK_MS_MAX);
    meter.published(topic, outcome.kind, timing.now() - began);
    if (outcome.kind !== 'appended') {
      if (outcome.kind === 'unknown') gate.suspect();
      throw problemOfOutcome(outcome);
    }
    const place = { partition, offset: outcome.offset };
    const leftMs = wish.waitMs - (timing.now() - began);
    if (leftMs <= 0) return undecided(command, place, 'pending');
    const verdict = await desk.wait(topic, partition, outcome.offset, leftMs);
    meter.judged(verdict?.kind ?? 'none', timing.now() - began);
    return verdict === null ? lookedUp(command, place) : settled(command, place, verdict);
  }

  return {
    admission() {
      const held = gate.hold();
      return held === null ? null : gate.pass(held);
    },
    async submit(command, wish) {
      try {
        return await judged(command, wish);
      } catch (error) {
        if (error instanceof ProblemError) throw withClaimIds(error, command);
        throw error;
      }
    },
  };
}
