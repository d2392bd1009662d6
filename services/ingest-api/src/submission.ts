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
  type OutgoingRecord,
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
  /** @throws ProblemError with the event ID, for everything that is neither accepted nor stored. */
  submit(command: Command, wish: Wish): Promise<Settled>;
  /**
   * Submits commands on one stream in their order: the log takes them all, or, overloaded, none; a
   * command that is refused by itself does not stop the others. One answer a command, in order, each
   * of which rejects as that of {@link submit} does.
   */
  submitAll(commands: readonly Command[], wish: Wish): Promise<Settled>[];
  /** From now on a claim that is stored is answered at once: its verdict can be asked for later. */
  hurry(): void;
}

const LATE: PublishOutcome = {
  kind: 'unknown',
  message: 'the log has not acknowledged it in time',
};

/** A {@link Submission} over the engine. */
export function createSubmission(ports: SubmissionPorts): Submission {
  const { publisher, desk, store, readers, gate, timing, meter } = ports;
  let hurried = false;

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

  function recordOf(command: Command, wish: Wish): OutgoingRecord {
    const { topic, partitions } = readers[command.kind].projection;
    const replyTo = wish.waitMs > 0 ? desk.instance : undefined;
    const value = recordText(command, { replyTo, traceparent: wish.traceparent });
    const partition = partitionOf(command.streamId, partitions);
    return { topic, partition, key: command.streamId, value };
  }

  async function judged(
    command: Command,
    wish: Wish,
    { topic, partition }: OutgoingRecord,
    published: Promise<PublishOutcome>,
  ): Promise<Settled> {
    const began = timing.now();
    const outcome = await acknowledged(published, wish.waitMs + ACK_MS_MAX);
    meter.published(topic, outcome.kind, timing.now() - began);
    if (outcome.kind !== 'appended') {
      if (outcome.kind === 'unknown') gate.suspect();
      throw problemOfOutcome(outcome);
    }
    const place = { partition, offset: outcome.offset };
    const leftMs = wish.waitMs - (timing.now() - began);
    if (leftMs <= 0 || hurried) return undecided(command, place, 'pending');
    const verdict = await desk.wait(topic, partition, outcome.offset, leftMs);
    meter.judged(verdict?.kind ?? 'none', timing.now() - began);
    return verdict === null ? lookedUp(command, place) : settled(command, place, verdict);
  }

  /** A record, or why the command cannot become one. */
  function prepared(command: Command, wish: Wish): OutgoingRecord | ProblemError {
    try {
      return recordOf(command, wish);
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  }

  async function answered(
    command: Command,
    wish: Wish,
    record: OutgoingRecord | ProblemError,
    published: Promise<PublishOutcome> | undefined,
  ): Promise<Settled> {
    try {
      if (record instanceof ProblemError) throw record;
      return await judged(command, wish, record, published ?? Promise.resolve({ kind: 'full' }));
    } catch (error) {
      if (error instanceof ProblemError) throw withClaimIds(error, command);
      throw error;
    }
  }

  function submitAll(commands: readonly Command[], wish: Wish): Promise<Settled>[] {
    const records = commands.map((command) => prepared(command, wish));
    const sendable = records.filter((record) => !(record instanceof ProblemError));
    const published = publisher.publishAll(sendable);
    let sent = 0;
    return commands.map((command, at) => {
      const record = records[at] ?? NO_RECORD;
      const outcome = record instanceof ProblemError ? undefined : published[sent++];
      return answered(command, wish, record, outcome);
    });
  }

  return {
    admission() {
      const held = gate.hold();
      return held === null ? null : gate.pass(held);
    },
    submitAll,
    submit(command, wish) {
      const record = prepared(command, wish);
      const isRecord = !(record instanceof ProblemError);
      return answered(command, wish, record, isRecord ? publisher.publish(record) : undefined);
    },
    hurry() {
      hurried = true;
    },
  };
}
